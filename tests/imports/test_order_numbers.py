"""An order number is unique across files."""

import pytest

from chalicelib.models.order import Order
from tests.calls import counted_calls
from tests.factories import Business, delivery_business
from tests.imports.files import brought, checked, committed, csv_file, reported, shown
from tests.world import World

HEADER = ("id", "order_number", "phone", "item", "quantity", "status")


def row(id_: str, number: str, quantity: str = "1") -> tuple[str, ...]:
    return id_, number, "0912345678", "20公斤瓦斯桶", quantity, "delivered"


def test_the_second_order_of_a_number_in_a_file_is_named(world: World, gas: Business) -> None:
    found = checked(
        world, gas.staff, "orders", csv_file(HEADER, row("1", "A-1"), row("2", "A-2"), row("3", "a-1"))
    )
    [line] = reported(world.api, gas.staff, found["id"], only="errors")
    assert line["row"] == 4
    assert line["errors"] == [
        {"field": "order_number", "column": "order_number", "message": "the same as in row 2"}
    ]


@pytest.mark.parametrize("values", [{"source": "other"}, {}])
def test_a_number_that_an_order_has_is_refused_to_another(
    world: World, gas: Business, values: dict[str, str]
) -> None:
    committed(world, gas.staff, "orders", csv_file(HEADER, row("1", "A-1")), source="old")
    [order] = Order.query(gas.tenant.id)
    found = checked(world, gas.staff, "orders", csv_file(HEADER, row("9", "a-1"), row("8", "A-2")), **values)
    [line] = reported(world.api, gas.staff, found["id"], only="errors")
    assert (line["row"], line["errors"][0]["field"]) == (2, "order_number")
    assert order.id in line["errors"][0]["message"]
    theirs = delivery_business()
    assert checked(world, theirs.staff, "orders", csv_file(HEADER, row("9", "A-1")))["rows"]["failed"] == 0


def test_an_order_keeps_its_number_when_its_row_changes_and_when_the_file_comes_again(
    world: World, gas: Business
) -> None:
    committed(world, gas.staff, "orders", csv_file(HEADER, row("1", "A-1")))
    again = committed(world, gas.staff, "orders", csv_file(HEADER, row("1", "A-1")))
    assert again["rows"]["unchanged"] == 1
    changed = committed(world, gas.staff, "orders", csv_file(HEADER, row("1", "A-1", "2")))
    assert (changed["rows"]["updated"], changed["rows"]["failed"]) == (1, 0)


def test_of_two_files_with_one_number_at_the_same_time_one_brings_it(world: World, gas: Business) -> None:
    ids = [checked(world, gas.staff, "orders", csv_file(HEADER, row(n, "A-1")))["id"] for n in "12"]
    for import_id in ids:
        assert world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff).status == 202
    world.deliver_imports()
    rows = [shown(world.api, gas.staff, import_id)["rows"] for import_id in ids]
    assert [(each["created"], each["failed"]) for each in rows] == [(1, 0), (0, 1)]
    assert len(list(Order.query(gas.tenant.id))) == 1


def test_daily_numbers_are_stored_in_the_orders_transaction(world: World, gas: Business) -> None:
    content = csv_file(HEADER, *(row(str(n), f"A-{n}") for n in range(25)))
    import_id = brought(world.api, gas.staff, "orders", content)
    for step in ("check", "commit"):
        world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff)
        with counted_calls() as calls:
            world.deliver_imports()
    assert calls["dynamodb.TransactWriteItems"] == 1
    assert shown(world.api, gas.staff, import_id)["rows"]["created"] == 25
