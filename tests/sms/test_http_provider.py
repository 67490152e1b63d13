from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.core import aws as clients
from chalicelib.models.tenant import SmsSettings
from chalicelib.sms.providers import NoProvider, provider_for
from chalicelib.sms.providers.base import OutgoingSms, PermanentFailure, Sent, TemporaryFailure
from chalicelib.sms.providers.http import HttpProvider
from tests.sms.fakes import make_tenant
from tests.sms.gateway import Gateway, running_gateway

MESSAGE = OutgoingSms("order-1.confirmed.confirmed", "+886912345678", "您的瓦斯訂單已確認")


@pytest.fixture
def sms_gateway() -> Iterator[Gateway]:
    with running_gateway() as running:
        yield running


@pytest.fixture
def provider(sms_gateway: Gateway) -> HttpProvider:
    return HttpProvider(sms_gateway.url, "LuckyGas", "key-1", timeout=5)


def test_the_gateway_gets_the_text_with_key_and_idempotency_key(
    sms_gateway: Gateway, provider: HttpProvider
) -> None:
    assert provider.send(MESSAGE) == Sent("m-1")
    [(headers, body)] = sms_gateway.received
    assert body == {"phone": "+886912345678", "message": "您的瓦斯訂單已確認", "sender": "LuckyGas"}
    assert headers["Authorization"] == "Bearer key-1"
    assert headers["Idempotency-Key"] == "order-1.confirmed.confirmed"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_sent(sms_gateway: Gateway, provider: HttpProvider, status: int) -> None:
    sms_gateway.status = status
    sms_gateway.body = b""
    assert provider.send(MESSAGE) == Sent(None)


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b'{"message_id": 42}', "42"),
        (b'{"id": "x"}', "x"),
        (b"{}", None),
        (b"[1]", None),
        (b"null", None),
        (b'{"message_id": {"a": 1}}', None),
        (b"<html>OK</html>", None),
        (b"\xff\xfe\x00", None),
        (b"[" * 60_000, None),
        (b"x" * 200_000, None),
    ],
)
def test_a_2xx_means_sent_with_any_body(
    sms_gateway: Gateway, provider: HttpProvider, body: bytes, message_id: str | None
) -> None:
    sms_gateway.body = body
    assert provider.send(MESSAGE) == Sent(message_id)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_4xx_is_final(sms_gateway: Gateway, provider: HttpProvider, status: int) -> None:
    sms_gateway.status = status
    assert provider.send(MESSAGE) == PermanentFailure(f"http_{status}")


@pytest.mark.parametrize(
    ("status", "unclear"), [(408, False), (429, False), (500, True), (502, True), (503, True)]
)
def test_5xx_and_too_fast_may_work_later(
    sms_gateway: Gateway, provider: HttpProvider, status: int, unclear: bool
) -> None:
    sms_gateway.status = status
    assert provider.send(MESSAGE) == TemporaryFailure(f"http_{status}", unclear)


def test_a_redirect_is_not_followed(sms_gateway: Gateway, provider: HttpProvider) -> None:
    sms_gateway.status = 307
    sms_gateway.headers = {"Location": f"{sms_gateway.url}/elsewhere"}
    assert provider.send(MESSAGE) == TemporaryFailure("http_307")
    assert sms_gateway.paths == ["/sms"]


def test_a_gateway_that_stalls_is_left_and_may_have_taken_the_text(sms_gateway: Gateway) -> None:
    sms_gateway.stalls = True
    impatient = HttpProvider(sms_gateway.url, "LuckyGas", "key-1", timeout=0.05)
    assert impatient.send(MESSAGE) == TemporaryFailure("timeout", unclear=True)


def test_a_gateway_that_hangs_up_may_have_taken_the_text(sms_gateway: Gateway, provider: HttpProvider) -> None:
    sms_gateway.hangs_up = True
    assert provider.send(MESSAGE) == TemporaryFailure("connection_error", unclear=True)


def test_a_gateway_that_is_not_there_has_not_taken_the_text() -> None:
    with running_gateway() as gone:
        pass
    provider = HttpProvider(gone.url, "LuckyGas", "key-1")
    assert provider.send(MESSAGE) == TemporaryFailure("connection_error", unclear=False)
    assert provider.probe() == "connection_error"


@pytest.mark.parametrize("url", ["", "not a url", "ftp://gateway.test", "http://", "http://gateway.test:port/"])
def test_an_invalid_url_is_reported_as_a_temporary_failure(url: str) -> None:
    provider = HttpProvider(url, "LuckyGas", "key-1")
    outcome = provider.send(MESSAGE)
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.reason.startswith("unusable_settings")


def test_connections_are_reused_and_cookies_are_not_stored(sms_gateway: Gateway, provider: HttpProvider) -> None:
    sms_gateway.headers = {"Set-Cookie": "session=1"}
    provider.send(MESSAGE)
    provider.send(MESSAGE)
    assert len(sms_gateway.clients) == 1
    assert "Cookie" not in sms_gateway.received[1][0]


def test_the_environment_changes_neither_the_key_nor_the_route(
    sms_gateway: Gateway, provider: HttpProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert provider.send(MESSAGE) == Sent("m-1")
    assert sms_gateway.received[0][0]["Authorization"] == "Bearer key-1"


@pytest.mark.parametrize(
    ("status", "fault"),
    [(200, None), (404, None), (302, None), (401, "http_401"), (403, "http_403"), (500, "http_500")],
)
def test_a_probe_finds_the_gateways_answer(
    sms_gateway: Gateway, provider: HttpProvider, status: int, fault: str | None
) -> None:
    sms_gateway.status = status
    assert provider.probe() == fault
    assert sms_gateway.paths == ["/sms/health"]


def test_a_tenants_provider_has_its_key_from_parameter_store(aws: None, sms_gateway: Gateway) -> None:
    tenant = make_tenant(sms=SmsSettings(provider="http", url=sms_gateway.url, sender="LuckyGas"))
    clients.client("ssm").put_parameter(
        Name=f"/luckygas/test/sms/{tenant.id}", Value="stored-key\n", Type="SecureString"
    )
    provider = provider_for(tenant.id)
    assert provider.name == "http"
    assert provider.send(MESSAGE) == Sent("m-1")
    assert sms_gateway.received[0][0]["Authorization"] == "Bearer stored-key"
    assert provider_for(tenant.id) is provider


def test_a_tenant_without_a_provider_has_none(aws: None) -> None:
    unknown = SmsSettings(provider="pigeon", url="http://x.test", sender="x")
    for tenant_id in (make_tenant(sms=None).id, make_tenant(sms=unknown).id, "nobody"):
        with pytest.raises(NoProvider):
            provider_for(tenant_id)
