"""Setting a tenant's provider as in docs/operations.md."""

import io

import pytest

from chalicelib.core import aws as clients
from chalicelib.models.tenant import Tenant
from chalicelib.sms.providers import has_provider
from infra.ops import sms_provider
from tests import factories
from tests.sms.fakes import make_tenant


@pytest.fixture
def tenant(stage: str) -> Tenant:
    return factories.tenant("delivery")


def run(monkeypatch: pytest.MonkeyPatch, tenant_id: str, *arguments: str, key: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    return sms_provider.main(["--stage", "dev", "--tenant", tenant_id, *arguments])


def stored(tenant: Tenant) -> dict[str, str] | None:
    row = Tenant.get(tenant.id)
    return None if row.sms is None else {name: str(value) for name, value in row.sms.to_simple_dict().items()}


def secrets(tenant: Tenant) -> list[str]:
    found = clients.client("ssm").get_parameters(Names=[f"/luckygas/dev/sms/{tenant.id}"], WithDecryption=True)
    return [each["Value"] for each in found["Parameters"]]


def test_settings_and_secret_are_where_the_functions_look(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    mitake = ("--provider", "mitake", "--username", "u", "--yes")
    assert run(monkeypatch, tenant.id, *mitake, key="s3cret") == 0
    assert stored(tenant) == {"provider": "mitake", "username": "u"}
    assert secrets(tenant) == ["s3cret"]
    http = ("--provider", "http", "--url", "https://sms.example/send", "--sender", "GAS", "--yes")
    assert run(monkeypatch, tenant.id, *http) == 0
    assert stored(tenant) == {"provider": "http", "url": "https://sms.example/send", "sender": "GAS"}
    assert secrets(tenant) == ["s3cret"], "an empty key keeps the present one"


def test_without_a_yes_it_only_prints_its_plan(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tenant.id, "--provider", "mitake", "--username", "u", key="s3cret") == 0
    assert "YES=1 asks for its key or password and has it send with mitake (username u)" in capsys.readouterr().out
    assert (stored(tenant), secrets(tenant)) == (None, [])


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (["http", "--sender", "GAS"], "needs URL"),
        (["http", "--url", "https://x.example"], "needs SENDER"),
        (["http", "--url", "http://x.example", "--sender", "GAS"], "https://"),
        (["mitake"], "needs USERNAME"),
    ],
)
@pytest.mark.parametrize("yes", [[], ["--yes"]], ids=["asked", "done"])
def test_settings_that_cannot_work_write_nothing(
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    chosen: list[str],
    says: str,
    yes: list[str],
) -> None:
    assert run(monkeypatch, tenant.id, "--provider", *chosen, *yes, key="s3cret") == 1
    assert says in capsys.readouterr().err
    assert (stored(tenant), secrets(tenant)) == (None, [])


def test_a_business_that_does_not_exist_is_named_and_gets_no_key(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mitake = ("--provider", "mitake", "--username", "u", "--yes")
    assert run(monkeypatch, "t2", *mitake, key="s3cret") == 1
    assert "there is no business t2" in capsys.readouterr().err
    assert clients.client("ssm").get_parameters(Names=["/luckygas/dev/sms/t2"])["Parameters"] == []


def test_every_provider_of_the_functions_can_be_chosen(aws: None) -> None:
    for name in sms_provider.NEEDS:
        tenant = make_tenant()
        tenant.update([Tenant.sms.set({"provider": name})])
        assert has_provider(tenant), name
