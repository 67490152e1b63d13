"""Mitake's form fields, status codes and receipts."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.sms.providers.base import OutgoingSms, PermanentFailure, Receipt, Sent, TemporaryFailure
from chalicelib.sms.providers.mitake import MitakeProvider, outcome
from chalicelib.sms.providers.mitake_receipts import acknowledgement, read_receipt
from tests.sms.gateway import Gateway, running_gateway


@pytest.fixture
def server() -> Iterator[Gateway]:
    with running_gateway() as running:
        running.body = b"[1]\r\nmsgid=#000001\r\nstatuscode=1\r\nAccountPoint=126\r\nDuplicate=Y\r\n"
        yield running


@pytest.fixture
def provider(server: Gateway) -> MitakeProvider:
    return MitakeProvider("account", "s3cret", f"{server.url}/", 5.0)


def test_a_text_is_sent_as_a_form(server: Gateway, provider: MitakeProvider) -> None:
    message = OutgoingSms("o.confirmed.confirmed", "+886912345678", "您好\n再見\r\n&=", "https://x.test/r/c")
    assert provider.send(message) == Sent("000001"), "a duplicate was sent before, which is what we want to know"
    [(headers, fields)] = server.received
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert server.paths == ["/sms/SmSend?CharsetURL=UTF-8"]
    assert fields == {
        "username": "account",
        "password": "s3cret",
        "dstaddr": "0912345678",
        "smbody": "您好\x06再見\x06&=",
        "clientid": fields["clientid"],
        "response": "https://x.test/r/c",
    }
    assert len(fields["clientid"]) == 36
    provider.send(OutgoingSms("o", "+886912345678", "x"))
    assert "response" not in server.received[1][1]


@pytest.mark.parametrize("code", "0124")
def test_taken(code: str) -> None:
    assert outcome(f"[1]\nmsgid=$01\nstatuscode={code}\n".encode()) == Sent("$01")
    assert outcome(f"statuscode={code}".encode()) == Sent(None)


@pytest.mark.parametrize("code", "56789tuvxy")
def test_refused_because_of_the_content(code: str) -> None:
    assert outcome(f"statuscode={code}".encode()) == PermanentFailure(f"mitake_{code}")


@pytest.mark.parametrize("code", "abrlscdefhkmnp")
def test_not_now_or_not_with_this_account(code: str) -> None:
    # "帳號、密碼錯誤" in Big5
    body = f"statuscode={code}\r\nError=".encode() + "帳號、密碼錯誤".encode("big5")
    assert outcome(body) == TemporaryFailure(f"mitake_{code}")


def test_a_system_error_leaves_the_result_unknown() -> None:
    assert outcome(b"statuscode=*") == TemporaryFailure("mitake_*", unclear=True)


@pytest.mark.parametrize("body", [None, b"", b"statuscode=", b"statuscode=?", b"statuscode=11", b"msgid=1"])
def test_an_unreadable_answer_leaves_the_result_unknown(body: bytes | None) -> None:
    assert outcome(body) == TemporaryFailure("unreadable_answer", unclear=True)


@given(st.binary(max_size=200))
def test_every_answer_has_an_outcome(body: bytes) -> None:
    assert isinstance(outcome(body), Sent | PermanentFailure | TemporaryFailure)


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, b"AccountPoint=126\r\n", None),
        (200, b"AccountPoint=0\r\n", "no_points"),
        (200, b"statuscode=e\r\n", "mitake_e"),
        (200, b"statuscode=<html>\r\n", "unreadable_answer"),
        (200, b"AccountPoint=\xb2", "unreadable_answer"),
        (503, b"AccountPoint=126\r\n", "http_503"),
    ],
)
def test_a_probe_asks_for_the_points_that_are_left(
    server: Gateway, provider: MitakeProvider, status: int, body: bytes, fault: str | None
) -> None:
    server.status, server.body = status, body
    assert provider.probe() == fault
    assert server.paths == ["/sms/SmQuery"]
    assert set(server.received[0][1]) == {"username", "password"}, "nothing that could be sent"


def test_a_probe_of_a_gateway_that_is_not_there_fails() -> None:
    with running_gateway() as gone:
        pass
    assert MitakeProvider("account", "s3cret", gone.url).probe() == "connection_error"


@pytest.mark.parametrize(
    ("flag", "receipt"),
    [
        ("0", Receipt("$01", "pending")),
        ("1", Receipt("$01", "pending")),
        ("2", Receipt("$01", "pending")),
        ("4", Receipt("$01", "delivered")),
        *((flag, Receipt("$01", "failed", f"receipt_{flag}")) for flag in "56789"),
    ],
)
def test_receipts(flag: str, receipt: Receipt) -> None:
    assert read_receipt({"msgid": "$01", "StatusFlag": flag, "dstaddr": "0912345678"}) == receipt


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"msgid": "1"},
        {"StatusFlag": "4"},
        {"msgid": "1", "StatusFlag": "3"},
        {"msgid": "1", "StatusFlag": "44"},
    ],
)
def test_an_invalid_receipt_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"msgid|StatusFlag"):
        read_receipt(query)


@pytest.mark.parametrize("message_id", ["1\nmagicid=x", "<b>", "", "x" * 65, "1\r\n"])
def test_nothing_but_an_id_is_echoed(message_id: str) -> None:
    with pytest.raises(ValueError, match="msgid"):
        read_receipt({"msgid": message_id, "StatusFlag": "4"})
    assert acknowledgement("$01") == "magicid=sms_gateway_rpack\nmsgid=$01\n"
