"""Restoring a table, and copying rows back from it without losing current data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from chalicelib.core import aws
from chalicelib.models.customer import Customer
from chalicelib.models.order import Order
from chalicelib.models.user import User
from infra.ops import copy_rows, restore_table
from infra.ops.copy_rows import differences, original, put
from infra.ops.restore_table import check, restore
from infra.ops.stage import Refused
from tests.factories import Business, customer, delivery_business, order_body
from tests.world import World

CUSTOMERS = "luckygas-test-customers"
COPY = f"{CUSTOMERS}-at-20261125T090000"


def recovery(enabled: bool) -> None:
    aws.client("dynamodb").update_continuous_backups(
        TableName=CUSTOMERS, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
    )


def restored(table: str, copy: str) -> None:
    restore(table, datetime.now(UTC), copy)


def brought_back(copy: str, table: str, tenant_id: str = "", *, overwrite: bool = False) -> int:
    found = list(differences(copy, table, tenant_id))
    return sum(put(table, item, now) for item, now in found if now is None or overwrite)


def test_an_instant_that_cannot_be_restored_is_refused(aws: None) -> None:
    recovery(False)
    with pytest.raises(Refused, match="only prod's tables"):
        check(CUSTOMERS, datetime.now(UTC))
    recovery(True)
    with pytest.raises(Refused, match="to any instant from 20"):
        check(CUSTOMERS, datetime.now(UTC) - timedelta(days=60))


def test_missing_rows_are_restored_and_changed_ones_stay(gas: Business) -> None:
    stored, lost = customer(gas.tenant), customer(gas.tenant)
    restored(CUSTOMERS, COPY)
    Customer.get(gas.tenant.id, lost.id).delete()
    Customer.get(gas.tenant.id, stored.id).update([Customer.name.set("新名字"), Customer.version.add(1)])
    assert brought_back(COPY, CUSTOMERS) == 1
    assert Customer.get(gas.tenant.id, lost.id).name == lost.name
    assert Customer.get(gas.tenant.id, stored.id).name == "新名字"


def test_overwriting_restores_the_old_row_with_a_new_version(gas: Business) -> None:
    stored = customer(gas.tenant)
    restored(CUSTOMERS, COPY)
    Customer.get(gas.tenant.id, stored.id).update([Customer.name.set("新名字"), Customer.version.add(1)])
    assert brought_back(COPY, CUSTOMERS, overwrite=True) == 1
    row = Customer.get(gas.tenant.id, stored.id)
    assert (row.name, row.version) == (stored.name, 3)


def test_a_row_that_changes_meanwhile_is_left_alone(gas: Business) -> None:
    row = customer(gas.tenant)
    restored(CUSTOMERS, COPY)
    row.update([Customer.version.add(1)])
    [(item, now)] = differences(COPY, CUSTOMERS)
    row.update([Customer.version.add(1)])
    assert put(CUSTOMERS, item, now) is False


USERS = "luckygas-test-users"
USERS_COPY = f"{USERS}-at-20261125T090000"


def test_a_row_without_a_version_is_restored_unchanged(gas: Business) -> None:
    restored(USERS, USERS_COPY)
    row = User.get(gas.tenant.id, gas.staff.id)
    row.update([User.name.set("新名字"), User.status.remove(), User.customer_id.set("c-1")])
    assert brought_back(USERS_COPY, USERS, overwrite=True) == 1
    assert User.get(gas.tenant.id, gas.staff.id).to_dynamodb_dict() == gas.staff.to_dynamodb_dict()


@pytest.mark.parametrize(
    "meanwhile",
    [User.status.set("suspended"), User.driver_id.set("d-1"), User.customer_id.remove()],
    ids=["another value", "one more", "one less"],
)
def test_a_row_without_a_version_that_changes_meanwhile_is_left_alone(gas: Business, meanwhile: Action) -> None:
    linked = User.get(gas.tenant.id, gas.staff.id)
    linked.update([User.driver_id.set("d-0"), User.customer_id.set("c-0")])
    restored(USERS, USERS_COPY)
    row = User.get(gas.tenant.id, gas.staff.id)
    row.update([User.name.set("新名字"), User.driver_id.remove()])
    [(item, now)] = differences(USERS_COPY, USERS)
    row.update([meanwhile])
    assert put(USERS, item, now) is False
    assert User.get(gas.tenant.id, gas.staff.id).to_dynamodb_dict() == row.to_dynamodb_dict()


def test_a_row_without_a_version_that_is_deleted_meanwhile_stays_deleted(gas: Business) -> None:
    restored(USERS, USERS_COPY)
    row = User.get(gas.tenant.id, gas.staff.id)
    row.update([User.name.set("新名字")])
    [(item, now)] = differences(USERS_COPY, USERS)
    row.delete()
    assert put(USERS, item, now) is False


def test_a_table_is_restored_and_its_rows_brought_back_by_the_commands(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb, table = aws.client("dynamodb"), f"luckygas-{stage}-customers"
    made = aws.client("dynamodb").describe_table(TableName=CUSTOMERS)["Table"]
    keys = [each["AttributeName"] for each in made["KeySchema"]]
    dynamodb.create_table(
        TableName=table,
        KeySchema=made["KeySchema"],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    lost = {"tenant_id": {"S": "t-1"}, "id": {"S": "c-1"}, "name": {"S": "王小明"}}
    dynamodb.put_item(TableName=table, Item=lost)
    to = the_instant_that_can_be_restored(table)
    arguments = ["--stage", stage, "--table", "customers", "--to", to.isoformat()]
    copy = f"{table}-at-{to:%Y%m%dT%H%M%S}"
    assert restore_table.main(arguments) == 0
    assert f"YES=1 restores {table} as of {to:%Y-%m-%dT%H:%M:%SZ} to {copy}" in capsys.readouterr().out
    assert copy not in dynamodb.list_tables()["TableNames"]
    assert restore_table.main([*arguments, "--yes"]) == 0
    assert f"make copy-rows STAGE={stage} FROM={copy}" in capsys.readouterr().out
    dynamodb.delete_item(TableName=table, Key={key: lost[key] for key in keys})
    assert copy_rows.main(["--stage", stage, "--copy", copy, "--yes"]) == 0
    assert "1 brought back" in capsys.readouterr().out
    assert dynamodb.scan(TableName=table)["Items"] == [lost]


def the_instant_that_can_be_restored(table: str) -> datetime:
    """In moto the earliest and latest instant are the same: when the backups were turned on."""
    recovery = {"PointInTimeRecoveryEnabled": True}
    client = aws.client("dynamodb")
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    found = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    instant: datetime = found["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
    return instant.astimezone(UTC)


def test_one_business_alone(gas: Business) -> None:
    lost, others = customer(gas.tenant), customer(delivery_business().tenant)
    restored(CUSTOMERS, COPY)
    for row in (lost, others):
        row.delete()
    assert brought_back(COPY, CUSTOMERS, gas.tenant.id) == 1
    assert Customer.get(gas.tenant.id, lost.id).name == lost.name


def test_an_order_comes_back_quietly(world: World, gas: Business) -> None:
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    world.deliver()
    copy = "luckygas-test-orders-at-20261125T090000"
    restored("luckygas-test-orders", copy)
    Order.get(gas.tenant.id, order["id"]).delete()
    world.take("orders")
    listening = world.connect(gas.staff)
    assert brought_back(copy, "luckygas-test-orders") == 1
    world.deliver()
    assert [each["type"] for each in world.received(listening)] == ["connected"]
    assert world.api.get(f"/v1/orders/{order['id']}", as_=gas.staff).body["status"] == "pending"


@pytest.mark.parametrize("name", ["luckygas-prod-orders-at-20261125T090000", "luckygas-dev-orders", "else"])
def test_only_a_restored_table_of_the_stage_is_copied_from(name: Any) -> None:
    with pytest.raises(Refused):
        original(name, "dev")
    assert original("luckygas-dev-orders-at-20261125T090000", "dev") == "luckygas-dev-orders"
