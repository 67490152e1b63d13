"""Past routes of the replaced system, with their orders in driving order."""

import datetime as dt
from typing import Any

import pytest

from chalicelib.core.clock import local_day, now
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.order import Order
from chalicelib.models.route import Route
from tests.factories import Business
from tests.imports.files import checked, committed, csv_file, reported
from tests.imports.plan.test_templates import rows_of
from tests.world import World

HEADER = ("id", "route_name", "route_date", "driver_id", "status", "order_ids", "started_at", "completed_at")
ORDERS = ("delivered", "failed", "delivered", "cancelled", "confirmed")
TODAY = local_day(now(), "Asia/Taipei")
TOMORROW = (dt.date.fromisoformat(TODAY) + dt.timedelta(days=1)).isoformat()


@pytest.fixture
def moved(world: World, gas: Business) -> Business:
    """A business whose drivers d1 and d2 and orders o0, o1 … have been brought in; o2 was the second driver's."""
    committed(world, gas.staff, "drivers", csv_file(("id", "name"), ("d1", "阿明"), ("d2", "阿華")), source="old")
    header = ("id", "phone", "item", "quantity", "status", "driver_id", "order_date")
    rows = [
        (f"o{n}", "0912345678", "20公斤瓦斯桶", "1", status, driver, "2024-05-01")
        for n, (status, driver) in enumerate(zip(ORDERS, ("d1", "", "d2", "", ""), strict=True))
    ]
    committed(world, gas.staff, "orders", csv_file(header, *rows), source="old")
    return gas


def line(*cells: str) -> tuple[str, ...]:
    usual = ("r1", "早班", "2024-05-01", "d1", "completed", "{o1,o0}", "2024-05-01 09:00", "2024-05-01 12:30")
    return (*cells, *usual[len(cells) :])


def bring(world: World, gas: Business, *rows: tuple[str, ...]) -> dict[str, Any]:
    return committed(world, gas.staff, "routes", csv_file(HEADER, *rows), source="old")


def orders(gas: Business) -> dict[str, Order]:
    """The orders by their old ids."""
    keys = ExternalKey.query(gas.tenant.id, ExternalKey.key.startswith("orders#old#"))
    return {row.key.rpartition("#")[2]: Order.get(gas.tenant.id, row.id) for row in keys}


def stops(gas: Business, route: Route) -> list[tuple[str, str | None]]:
    old = {order.id: name for name, order in orders(gas).items()}
    return [(old[stop.order_id], stop.outcome) for stop in route.stops]


def test_a_route_that_was_driven_is_history_with_its_orders_on_it(world: World, moved: Business) -> None:
    office = world.connect(moved.staff)
    world.deliver()
    versions = {name: order.version for name, order in orders(moved).items()}
    found = bring(world, moved, line())
    assert (rows_of(found), found["unused"]) == ({"created": 1}, [])
    [route] = Route.query(moved.tenant.id)
    assert (route.status, route.date, route.name) == ("completed", "2024-05-01", "早班")
    assert (route.started_at, route.completed_at) == ("2024-05-01T01:00:00.000Z", "2024-05-01T04:30:00.000Z")
    assert stops(moved, route) == [("o1", "failed"), ("o0", "delivered")]
    shown = world.api.get(f"/v1/routes/{route.id}", as_=moved.staff).body
    assert [stop["order"]["status"] for stop in shown["stops"]] == ["failed", "delivered"]
    [listed] = world.api.get("/v1/routes", query={"date": "2024-05-01"}, as_=moved.staff).body["items"]
    assert (listed["id"], listed["driver_id"]) == (route.id, orders(moved)["o0"].driver_id)
    world.deliver()
    assert [each for each in world.received(office) if each["type"] not in ("connected",)] == []
    assert {name: order.version for name, order in orders(moved).items()} == versions


@pytest.mark.parametrize(
    "cell",
    ["o1,o0", "o1; o0", "o1 > o0", "{o1,o0}", '["o1","o0"]', '[{"order_id":"o1"},{"order_id":"o0"}]', "o1、o0"],
)
def test_stops_are_read_however_they_are_written(world: World, moved: Business, cell: str) -> None:
    bring(world, moved, line("r1", "早班", "2024-05-01", "d1", "completed", cell))
    [route] = Route.query(moved.tenant.id)
    assert [name for name, _ in stops(moved, route)] == ["o1", "o0"]


def test_a_stop_that_did_not_end_on_the_route_has_left_it(world: World, moved: Business) -> None:
    """Another driver's, cancelled, still open, or on the route before."""
    bring(
        world, moved, line("r1", "早", "2024-05-01", "d1", "已完成", "o0,o2,o3,o4"), line("r2", "晚", "2024-05-02")
    )
    first, second = sorted(Route.query(moved.tenant.id), key=lambda route: route.date)
    assert stops(moved, first) == [("o0", "delivered"), ("o2", "left"), ("o3", "left"), ("o4", "left")]
    assert stops(moved, second) == [("o1", "failed"), ("o0", "left")]
    on_it = {name: order.route_id for name, order in orders(moved).items() if order.route_id}
    assert on_it == {"o0": first.id, "o1": second.id}


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        (("r1", "", "113/5/1", "", "in_progress", ""), "completed"),
        (("r1", "", "2024-05-01", "", "", "o0"), "completed"),
        (("r1", "", "2024-05-01", "d1", "取消", "o0"), "cancelled"),
        (("r1", "", TODAY, "d1", "completed", "o0"), "completed"),
        (("r1", "", TOMORROW, "d1", "cancelled", "o0"), "cancelled"),
        (("r1", "", TODAY, "d1", "in_progress", "o0"), None),
        (("r1", "", TOMORROW, "", "planned", ""), None),
    ],
)
def test_past_routes_are_imported_and_others_are_skipped(
    world: World, moved: Business, cells: tuple[str, ...], status: str | None
) -> None:
    found = bring(world, moved, line(*cells, "", ""))
    assert rows_of(found) == ({"created": 1} if status else {"skipped": 1})
    assert [route.status for route in Route.query(moved.tenant.id)] == ([status] if status else [])
    if status is None:
        assert "not over" in reported(world.api, moved.staff, found["id"])[0]["note"]
    if status == "cancelled":
        assert orders(moved)["o0"].route_id is None


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("r2", "", "", "d1", "completed", "o0"), "date"),
        (("r2", "", "soon", "d1", "completed", "o0"), "date"),
        (("r2", "", "2024-05-01", "nobody", "completed", "o0"), "driver_id"),
        (("r2", "", "2024-05-01", "d1", "lost", "o0"), "status"),
        (("r2", "", "2024-05-01", "d1", "completed", "o0,nobody"), "stops"),
        (("r2", "", "2024-05-01", "d1", "completed", "o0,o0"), "stops"),
        (("r2", "", "2024-05-01", "d1", "completed", "o0", "25:00"), "started_at"),
        (("", "", "2024-05-01", "d1", "completed", "o0"), "external_id"),
        (("r1", "", "2024-05-01", "d1", "completed", "o0"), "external_id"),
        (("r2", "x" * 101, "2024-05-01"), "name"),
    ],
)
def test_a_route_that_cannot_be_holds_up_the_whole_file(
    world: World, moved: Business, cells: tuple[str, ...], field: str
) -> None:
    found = checked(world, moved.staff, "routes", csv_file(HEADER, line(), line(*cells)), source="old")
    [received] = reported(world.api, moved.staff, found["id"], only="errors")
    assert (received["row"], {error["field"] for error in received["errors"]}) == (3, {field})
    answer = world.api.post(f"/v1/imports/{found['id']}/commit", as_=moved.staff)
    assert (answer.status, answer.body["code"]) == (409, "import_has_errors")
    assert Route.count() == 0


def test_the_same_file_again_changes_nothing_and_a_newer_one_only_its_changes(
    world: World, moved: Business
) -> None:
    bring(world, moved, line())
    assert rows_of(bring(world, moved, line())) == {"unchanged": 1}
    newer = line("r1", "午班", "2024-05-01", "d1", "completed", "o0")
    found = bring(world, moved, newer)
    assert rows_of(found) == {"updated": 1}
    assert reported(world.api, moved.staff, found["id"])[0]["changed"] == ["name", "stops"]
    [route] = Route.query(moved.tenant.id)
    assert (route.name, stops(moved, route)) == ("午班", [("o0", "delivered")])


def test_a_route_of_eighty_orders_is_one_transaction(world: World, gas: Business) -> None:
    header = ("id", "phone", "item", "quantity", "status")
    rows = [(f"o{n}", "0912345678", "20公斤瓦斯桶", "1", "delivered") for n in range(81)]
    committed(world, gas.staff, "orders", csv_file(header, *rows), source="old")
    cell = ",".join(f"o{n}" for n in range(80))
    bring(world, gas, line("r1", "", "2024-05-01", "", "completed", cell))
    [route] = Route.query(gas.tenant.id)
    assert sum(order.route_id == route.id for order in Order.query(gas.tenant.id)) == len(route.stops) == 80
    longer = csv_file(HEADER, line("r2", "", "2024-05-01", "", "completed", f"{cell},o80"))
    found = checked(world, gas.staff, "routes", longer, source="old")
    assert rows_of(found) == {"failed": 1}
