"""The same cases for every provider, with a server for its API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, Provider, Sent, TemporaryFailure
from chalicelib.sms.providers.http import HttpProvider
from chalicelib.sms.providers.mitake import MitakeProvider
from chalicelib.sms.providers.sns import SnsProvider
from tests.sms.gateway import Gateway, running_gateway

MESSAGE = OutgoingSms("order-1.confirmed.confirmed", "+886912345678", "您的瓦斯訂單已確認")
Answer = tuple[int, bytes]


def _sns_error(status: int, code: str) -> Answer:
    kind = "Sender" if status < 500 else "Receiver"
    return status, (
        f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>{kind}</Type>'
        f"<Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    ).encode()


_SNS_YES = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId>'
    b"</PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>"
)


@dataclass(frozen=True)
class Dialect:
    """How a kind of gateway answers, and its field names for phone and text.

    key: the field or header by which it recognises a repeat, if any.
    """

    make: Callable[[str, float], Provider]
    yes: Answer
    no: Answer
    slow_down: Answer
    broken: Answer
    phone: str
    received_phone: str
    text: str
    after_garbage: Outcome
    key: str | None


UNCLEAR = TemporaryFailure("unreadable_answer", unclear=True)

DIALECTS = {
    "http": Dialect(
        make=lambda url, timeout: HttpProvider(url, "LuckyGas", "s3cret", timeout),
        yes=(200, b'{"message_id": "m-1"}'),
        no=(400, b"{}"),
        slow_down=(429, b"{}"),
        broken=(503, b"down"),
        phone="phone",
        received_phone="+886912345678",
        text="message",
        after_garbage=Sent(None),  # a 2xx means that it was accepted
        key="Idempotency-Key",
    ),
    "mitake": Dialect(
        make=lambda url, timeout: MitakeProvider("account", "s3cret", url, timeout),
        yes=(200, b"[1]\r\nmsgid=m-1\r\nstatuscode=1\r\nAccountPoint=126\r\n"),
        no=(200, b"[1]\r\nstatuscode=v\r\nError=\xb5L\xae\xc4\r\n"),
        slow_down=(200, b"statuscode=l\r\n"),
        broken=(503, b"down"),
        phone="dstaddr",
        received_phone="0912345678",
        text="smbody",
        after_garbage=UNCLEAR,
        key="clientid",
    ),
    "sns": Dialect(
        make=lambda url, timeout: SnsProvider("LuckyGas", timeout=timeout, endpoint=url),
        yes=(200, _SNS_YES),
        no=_sns_error(400, "InvalidParameter"),
        slow_down=_sns_error(400, "Throttling"),
        broken=_sns_error(500, "InternalError"),
        phone="PhoneNumber",
        received_phone="+886912345678",
        text="Message",
        after_garbage=TemporaryFailure("ResponseParserError", unclear=True),
        key=None,
    ),
}


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest, aws: None) -> Dialect:
    return DIALECTS[request.param]


@pytest.fixture
def server(dialect: Dialect) -> Iterator[Gateway]:
    with running_gateway() as running:
        running.status, running.body = dialect.yes
        yield running


@pytest.fixture
def provider(dialect: Dialect, server: Gateway) -> Provider:
    return dialect.make(server.url, 5.0)


def test_a_text_is_taken_with_its_number_and_words(server: Gateway, provider: Provider, dialect: Dialect) -> None:
    assert provider.send(MESSAGE) == Sent("m-1")
    [(_, fields)] = server.received
    assert (fields[dialect.phone], fields[dialect.text]) == (dialect.received_phone, MESSAGE.text)


def test_a_repeat_has_the_key_of_the_first_and_another_text_has_its_own(
    server: Gateway, provider: Provider, dialect: Dialect
) -> None:
    other = OutgoingSms("order-2.confirmed.confirmed", MESSAGE.phone, MESSAGE.text)
    for message in (MESSAGE, MESSAGE, other):
        provider.send(message)
    if dialect.key is None:
        assert not provider.dedupes_for
        return
    keys = [{**headers, **fields}[dialect.key] for headers, fields in server.received]
    assert keys[0] == keys[1] != keys[2]
    assert all(len(key) <= 36 for key in keys)
    assert provider.dedupes_for.total_seconds() > 3600


def test_a_refusal_is_final(server: Gateway, provider: Provider, dialect: Dialect) -> None:
    server.status, server.body = dialect.no
    assert isinstance(provider.send(MESSAGE), PermanentFailure)


def test_a_gateway_that_is_asked_too_fast_has_not_taken_it(
    server: Gateway, provider: Provider, dialect: Dialect
) -> None:
    server.status, server.body = dialect.slow_down
    outcome = provider.send(MESSAGE)
    assert isinstance(outcome, TemporaryFailure)
    assert not outcome.unclear


def test_a_gateway_that_breaks_may_have_taken_it(server: Gateway, provider: Provider, dialect: Dialect) -> None:
    server.status, server.body = dialect.broken
    outcome = provider.send(MESSAGE)
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.unclear
    assert len(server.received) == 1, "nobody but the queue repeats"


def test_a_gateway_that_never_answers_may_have_taken_it(server: Gateway, dialect: Dialect) -> None:
    server.stalls = True
    assert dialect.make(server.url, 0.2).send(MESSAGE) == TemporaryFailure("timeout", unclear=True)
    assert len(server.received) == 1


def test_a_gateway_that_hangs_up_may_have_taken_it(server: Gateway, provider: Provider) -> None:
    server.hangs_up = True
    outcome = provider.send(MESSAGE)
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.unclear


@pytest.mark.parametrize("body", [b"<html>OK</html>", b"", b"\xff\xfe\x00", b"=" * 1000, b"<" * 1000])
def test_garbage_with_200_is_no_exception(
    server: Gateway, provider: Provider, dialect: Dialect, body: bytes
) -> None:
    server.status, server.body = 200, body
    outcome = provider.send(MESSAGE)
    assert type(outcome) is type(dialect.after_garbage)
    assert not isinstance(outcome, TemporaryFailure) or outcome.unclear


def test_a_gateway_that_is_not_there_has_not_taken_it(dialect: Dialect) -> None:
    with running_gateway() as gone:
        pass
    outcome = dialect.make(gone.url, 5.0).send(MESSAGE)
    assert isinstance(outcome, TemporaryFailure)
    assert not outcome.unclear


def test_neither_number_nor_secret_gets_into_an_outcome(
    server: Gateway, provider: Provider, dialect: Dialect
) -> None:
    for server.status, server.body in (dialect.yes, dialect.no, dialect.slow_down, dialect.broken, (200, b"")):
        text = repr(provider.send(MESSAGE))
        assert "912345678" not in text
        assert "s3cret" not in text
