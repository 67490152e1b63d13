"""Setting up a tenant's provider, as docs/operations.md tells."""

import pytest

from chalicelib import aws as clients
from chalicelib.models.tenant import Tenant
from chalicelib.sms.providers import has_provider
from infra import sms_provider
from infra.sms_provider import SettingsRefused, give
from tests.aws_in_process import resources
from tests.sms.fakes import make_tenant

# The command knows real stages only; their tables are made under their own names.
STAGE = "dev"


@pytest.fixture
def tenant(aws: None) -> str:
    table = resources()["TenantsTable"]["Properties"]
    clients.client("dynamodb").create_table(
        TableName=f"luckygas-{STAGE}-tenants",
        KeySchema=table["KeySchema"],
        AttributeDefinitions=table["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.client("dynamodb").put_item(TableName=f"luckygas-{STAGE}-tenants", Item={"id": {"S": "t1"}})
    return "t1"


def stored() -> dict[str, str]:
    row = clients.client("dynamodb").get_item(TableName=f"luckygas-{STAGE}-tenants", Key={"id": {"S": "t1"}})[
        "Item"
    ]
    return {name: value["S"] for name, value in row.get("sms", {"M": {}})["M"].items()}


def secret() -> str:
    name = f"/luckygas/{STAGE}/sms/t1"
    value: str = clients.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return value


def test_settings_and_secret_are_where_the_functions_look(tenant: str) -> None:
    give(STAGE, tenant, {"provider": "mitake", "username": "u", "url": ""}, "s3cret")
    assert stored() == {"provider": "mitake", "username": "u"}
    assert secret() == "s3cret"
    give(STAGE, tenant, {"provider": "http", "url": "https://sms.example/send", "sender": "GAS"}, None)
    assert stored() == {"provider": "http", "url": "https://sms.example/send", "sender": "GAS"}
    assert secret() == "s3cret"


@pytest.mark.parametrize(
    "chosen",
    [
        {"provider": "http", "sender": "GAS"},
        {"provider": "http", "url": "https://x.example"},
        {"provider": "http", "url": "http://x.example", "sender": "GAS"},
        {"provider": "mitake"},
    ],
)
def test_settings_that_cannot_work_write_nothing(tenant: str, chosen: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused):
        give(STAGE, tenant, chosen, "s3cret")
    assert stored() == {}


def test_a_tenant_that_does_not_exist_is_named(tenant: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--stage", STAGE, "--tenant", "t2", "--provider", "sns"]
    assert sms_provider.main(arguments) == 1
    assert "there is no tenant t2" in capsys.readouterr().err


def test_every_provider_of_the_functions_can_be_chosen(aws: None) -> None:
    for name in sms_provider.NEEDS:
        tenant = make_tenant()
        tenant.update([Tenant.sms.set({"provider": name})])
        assert has_provider(tenant), name
