"""`POST /v1/routes/optimize`: the planned orders, refusals, and failures of the solver."""

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.clock import now
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order
from chalicelib.models.product import Product
from chalicelib.routes.drafts import MOST_STOPS
from chalicelib.routes.optimizing import PROPOSALS
from tests.api_client import Answer
from tests.calls import counted_calls, invocations
from tests.factories import Business, delivery_business, order_body, table_business
from tests.isolation.test_isolation import stored_but
from tests.world import World

PATH = "/v1/routes/optimize"
DEPOT = {"latitude": 25.04, "longitude": 121.55}
TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.fixture(autouse=True)
def _weights(gas: Business) -> None:
    for product, weight in zip(gas.products, ("36.5", "29"), strict=True):
        product.update([Product.weight.set(Decimal(weight))])


def today() -> dt.date:
    return now().astimezone(TAIPEI).date()


def at(hour: float, day: dt.date | None = None) -> str:
    midnight = dt.datetime.combine(day or today(), dt.time(), TAIPEI)
    return (midnight + dt.timedelta(hours=hour)).isoformat()


def vehicle(**values: Any) -> dict[str, Any]:
    return {"start_at": at(9), "end_at": at(18), **values}


def body(**values: Any) -> dict[str, Any]:
    return {"date": today().isoformat(), "depot": DEPOT, "vehicles": [vehicle()], **values}


def order(world: World, gas: Business, *steps: str, **values: Any) -> str:
    """The id of a new order with these status changes, by default `confirmed`."""
    made = world.api.post("/v1/orders", order_body(gas, **values), as_=gas.staff)
    assert made.status == 201, made.body
    for step in steps or ("confirmed",):
        answer = world.api.post(f"/v1/orders/{made.body['id']}/status", {"status": step}, as_=gas.staff)
        assert answer.status == 200, answer.body
    return str(made.body["id"])


def copies(gas: Business, order_id: str, count: int) -> None:
    """Stores so many copies of an order."""
    row = Order.get(gas.tenant.id, order_id)
    for n in range(count):
        row.id, row.day_key = f"o{n}", f"{today().isoformat()}#o{n}"
        row.save()


def optimize(world: World, gas: Business, **values: Any) -> Answer:
    return world.api.post(PATH, body(**values), as_=gas.staff)


def served(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [stop["order_id"] for route in answer.body["routes"] for stop in route["stops"]]


def unserved(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {each["order_id"]: each["reason"] for each in answer.body["unserved"]}


def fields(answer: Answer) -> list[str]:
    assert (answer.status, answer.body["code"]) == (422, "invalid"), answer.body
    return [error["field"] for error in answer.body["errors"]]


def test_a_proposal_has_drivers_places_times_and_loads(world: World, gas: Business) -> None:
    first = order(world, gas)
    line = {"product_id": gas.products[1].id, "quantity": 1}
    second = order(world, gas, items=[line, {"name": "運費", "quantity": 1, "unit_price": "50"}])
    before = stored_but("rate_limits")
    answer = optimize(
        world,
        gas,
        vehicles=[vehicle(driver_id=gas.driver.id, capacity=500)],
        service_minutes=10,
        time_windows=[{"order_id": first, "until": at(10)}, {"order_id": second, "from": at(11), "until": at(12)}],
    )
    [route] = answer.body["routes"]
    assert [stop["order_id"] for stop in route["stops"]] == [first, second]
    assert {name: route[name] for name in ("vehicle", "driver_id", "depot", "load")} == {
        "vehicle": 0,
        "driver_id": gas.driver.id,
        "depot": DEPOT,
        "load": "102",  # two of 36.5 kg and one of 29; the delivery charge weighs nothing
    }
    start, end = (dt.datetime.fromisoformat(route[name]) for name in ("start_at", "end_at"))
    arrivals = [dt.datetime.fromisoformat(stop["arrival"]) for stop in route["stops"]]
    assert start == dt.datetime.fromisoformat(at(9))
    assert start < arrivals[0] < arrivals[1] < end
    waiting = dt.timedelta(seconds=route["stops"][1]["waiting"])
    assert (route["stops"][0]["waiting"], arrivals[1] + waiting) == (0, dt.datetime.fromisoformat(at(11)))
    assert {stop["service_minutes"] for stop in route["stops"]} == {10}
    assert (answer.body["distance"], answer.body["duration"]) == (route["distance"], route["duration"])
    assert route["duration"] == pytest.approx(route["distance"] / (25 / 3.6), abs=5)
    assert (answer.body["unserved"], answer.body["matrix"]) == ([], "great_circle")
    assert stored_but("rate_limits") == before, "a proposal writes nothing"


def test_by_default_the_days_confirmed_orders_on_no_route_are_planned(world: World, gas: Business) -> None:
    expected = {order(world, gas) for _ in range(3)}
    order(world, gas, "confirmed", "assigned")
    order(world, gas, scheduled_date=(today() + dt.timedelta(days=1)).isoformat())
    order(world, gas, "cancelled")
    routed = order(world, gas)
    Order(gas.tenant.id, routed).update([Order.route_id.set("r1")])
    answer = optimize(world, gas)
    assert set(served(answer)) == expected
    assert unserved(answer) == {}


def test_an_order_that_cannot_be_planned_is_unserved_with_its_reason(world: World, gas: Business) -> None:
    lost = order(world, gas)
    Order(gas.tenant.id, lost).update([Order.location.remove()])
    routed = order(world, gas)
    Order(gas.tenant.id, routed).update([Order.route_id.set("r1")])
    pending = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    heavy = order(world, gas, items=[{"product_id": gas.products[0].id, "quantity": 9}])
    early = order(world, gas)
    far = order(world, gas, location={"latitude": 0, "longitude": 0})
    assigned, good = order(world, gas, "confirmed", "assigned"), order(world, gas)
    ids = [lost, routed, pending, heavy, early, far, assigned, good]
    answer = optimize(
        world,
        gas,
        order_ids=ids,
        vehicles=[vehicle(capacity="300")],
        time_windows=[{"order_id": early, "until": at(9)}],
    )
    assert set(served(answer)) == {assigned, good}
    assert list(unserved(answer).items()) == [
        (lost, "no_location"),
        (routed, "on_a_route"),
        (pending, "not_open"),
        (heavy, "too_heavy"),
        (early, "time_window"),
        (far, "unreachable"),
    ]


def test_full_vehicles_and_short_days_have_different_reasons(world: World, gas: Business) -> None:
    for _ in range(3):
        order(world, gas)
    full = optimize(world, gas, vehicles=[vehicle(capacity=80)])
    late = optimize(world, gas, vehicles=[vehicle(end_at=at(9.9))], service_minutes=20)
    assert (len(served(full)), set(unserved(full).values())) == (1, {"capacity"})
    assert (len(served(late)), set(unserved(late).values())) == (1, {"no_time"})


def test_a_day_without_orders_does_not_invoke_the_solver(world: World, gas: Business) -> None:
    world.functions.refusing = True
    answer = optimize(world, gas)
    assert answer.body == {"routes": [], "unserved": [], "distance": 0, "duration": 0, "matrix": None}


def test_vehicles_may_start_and_end_elsewhere(world: World, gas: Business) -> None:
    order(world, gas)
    home = {"latitude": 25.1, "longitude": 121.5}
    there = optimize(world, gas).body["routes"][0]
    [route] = optimize(world, gas, vehicles=[vehicle(start=home)]).body["routes"]
    [back] = optimize(world, gas, vehicles=[vehicle(end=home)]).body["routes"]
    assert route["depot"] == home
    assert (back["depot"], route["distance"]) == (DEPOT, back["distance"])
    assert route["distance"] > there["distance"]


def test_the_weight_is_the_one_that_was_ordered(world: World, gas: Business) -> None:
    order(world, gas)
    gas.products[0].update([Product.weight.set(Decimal(1))])
    assert optimize(world, gas).body["routes"][0]["load"] == "73"


def test_a_route_that_is_proposed_can_be_committed(world: World, gas: Business) -> None:
    for n in range(4):
        order(world, gas, location={"latitude": 25.03 + n / 100, "longitude": 121.55})
    [route] = optimize(world, gas).body["routes"]
    stops = [{name: stop[name] for name in ("order_id", "service_minutes")} for stop in route["stops"]]
    expected = {
        "date": today().isoformat(),
        "depot": route["depot"],
        "start_at": route["start_at"],
        "stops": stops,
    }
    answer = world.api.post("/v1/routes", expected, as_=gas.staff)
    assert answer.status == 201, answer.body
    for proposed, planned in zip(route["stops"], answer.body["stops"], strict=True):
        late = dt.datetime.fromisoformat(proposed["arrival"]) - dt.datetime.fromisoformat(planned["planned_at"])
        assert dt.timedelta(0) <= late < dt.timedelta(seconds=5), "a matrix has whole seconds"
    assert optimize(world, gas).body["routes"] == []


def test_no_route_is_proposed_with_more_stops_than_one_may_have(world: World, gas: Business) -> None:
    copies(gas, order(world, gas), MOST_STOPS)
    answer = optimize(world, gas, vehicles=[vehicle(end_at=at(24))], service_minutes=1)
    assert [len(route["stops"]) for route in answer.body["routes"]] == [MOST_STOPS]
    assert list(unserved(answer).values()) == ["capacity"]


def test_days_with_too_many_orders_are_to_be_split(world: World, gas: Business) -> None:
    copies(gas, order(world, gas), 200)
    assert fields(optimize(world, gas)) == ["order_ids"]
    assert fields(optimize(world, gas, order_ids=[f"o{n}" for n in range(201)])) == ["order_ids"]


def test_a_proposal_reads_little_and_asks_the_solver_once(world: World, gas: Business) -> None:
    for _ in range(5):
        order(world, gas)
    world.api.token(gas.staff)
    with counted_calls() as calls, invocations() as run:
        optimize(world, gas, vehicles=[vehicle(driver_id=gas.driver.id)])
    # The caller, the driver, the day's keys and their rows.
    # The update is the limit's.
    assert calls == {"dynamodb.BatchGetItem": 3, "dynamodb.Query": 1, "dynamodb.UpdateItem": 1}
    assert run == {"api_handler": 1, "optimize_routes": 1}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no vehicles": ({"vehicles": []}, "vehicles"),
    "too many vehicles": ({"vehicles": [vehicle()] * 21}, "vehicles"),
    "no orders": ({"order_ids": []}, "order_ids"),
    "an unknown order": ({"order_ids": ["x"]}, "order_ids.0"),
    "an unknown driver": ({"vehicles": [vehicle(driver_id="x")]}, "vehicles.0.driver_id"),
    "a window of no order": ({"time_windows": [{"order_id": "x", "from": at(9)}]}, "time_windows.0.order_id"),
    "another century": ({"date": "0001-01-01"}, "date"),
    "the day before": ({"vehicles": [vehicle(start_at=at(-0.1))]}, "vehicles.0.start_at"),
    "the day after": ({"vehicles": [vehicle(start_at=at(25), end_at=at(26))]}, "vehicles.0.start_at"),
    "no zone": ({"vehicles": [vehicle(start_at="2026-11-25T09:00:00")]}, "vehicles.0.start_at"),
    "the beginning of time": (
        {"vehicles": [vehicle(start_at="0001-01-01T00:00:00+14:00")]},
        "vehicles.0.start_at",
    ),
    "the end of time": ({"vehicles": [vehicle(end_at="9999-12-31T23:59:59-14:00")]}, "vehicles.0.end_at"),
    "end before start": ({"vehicles": [vehicle(end_at=at(8))]}, "vehicles.0.end_at"),
    "no whole second": (
        {"vehicles": [vehicle(start_at=at(9 + 0.1 / 3600), end_at=at(9 + 0.9 / 3600))]},
        "vehicles.0.end_at",
    ),
    "more than a day": ({"vehicles": [vehicle(end_at=at(33.1))]}, "vehicles.0.end_at"),
    "nothing to carry with": ({"vehicles": [vehicle(capacity=0)]}, "vehicles.0.capacity"),
    "a ship": ({"vehicles": [vehicle(capacity=100_001)]}, "vehicles.0.capacity"),
    "milligrams": ({"vehicles": [vehicle(capacity="0.0001")]}, "vehicles.0.capacity"),
    "more than a number": ({"vehicles": [vehicle(capacity="1e999999")]}, "vehicles.0.capacity"),
    "not a number": ({"vehicles": [vehicle(capacity="NaN")]}, "vehicles.0.capacity"),
    "off the earth": ({"depot": {"latitude": 91, "longitude": 0}}, "depot.latitude"),
    "an age at the door": ({"service_minutes": 241}, "service_minutes"),
}


@pytest.mark.parametrize(("values", "field"), WRONG.values(), ids=WRONG.keys())
def test_an_invalid_plan_is_refused_with_its_field(
    world: World, gas: Business, values: dict[str, Any], field: str
) -> None:
    order(world, gas)
    world.functions.refusing = True
    assert fields(optimize(world, gas, **values)) == [field]


WINDOWS: dict[str, tuple[dict[str, Any], str]] = {
    "says nothing": ({}, ""),
    "backwards": ({"from": at(12), "until": at(11)}, ".until"),
    "another day": ({"from": at(-1)}, ".from"),
    "within a second": ({"from": at(9 + 0.1 / 3600), "until": at(9 + 0.9 / 3600)}, ".until"),
}


@pytest.mark.parametrize(("window", "field"), WINDOWS.values(), ids=WINDOWS.keys())
def test_invalid_windows_are_refused(world: World, gas: Business, window: dict[str, Any], field: str) -> None:
    window = {"order_id": order(world, gas), **window}
    assert fields(optimize(world, gas, time_windows=[window])) == [f"time_windows.0{field}"]


def test_every_mistake_is_named_at_once(world: World, gas: Business) -> None:
    mine, tomorrow = (
        order(world, gas),
        order(world, gas, scheduled_date=(today() + dt.timedelta(days=1)).isoformat()),
    )
    Driver(gas.tenant.id, gas.drivers[1][1].id).update([Driver.status.set("suspended")])
    twice = [vehicle(driver_id=gas.driver.id), vehicle(driver_id=gas.driver.id)]
    suspended = vehicle(driver_id=gas.drivers[1][1].id)
    window = {"order_id": mine, "from": at(9)}
    assert fields(optimize(world, gas, order_ids=[mine, mine, tomorrow])) == ["order_ids.1", "order_ids.2"]
    assert fields(optimize(world, gas, vehicles=[*twice, suspended])) == [
        "vehicles.1.driver_id",
        "vehicles.2.driver_id",
    ]
    assert fields(optimize(world, gas, time_windows=[window, window])) == ["time_windows.1.order_id"]
    assert fields(optimize(world, gas, order_ids=[mine], time_windows=[{**window, "order_id": tomorrow}])) == [
        "time_windows.0.order_id"
    ]


def test_another_business_lends_neither_orders_nor_drivers(world: World, gas: Business) -> None:
    other = delivery_business()
    theirs = order(world, other)
    assert fields(optimize(world, gas, order_ids=[theirs])) == ["order_ids.0"]
    assert fields(optimize(world, gas, vehicles=[vehicle(driver_id=other.driver.id)])) == ["vehicles.0.driver_id"]
    assert served(optimize(world, gas)) == []


def test_a_restaurant_has_no_routes(world: World) -> None:
    shop = table_business()
    answer = world.api.post(PATH, body(), as_=shop.staff)
    assert (answer.status, answer.body["code"]) == (403, "delivery_only")


def _failing(event: Any) -> Any:
    raise MemoryError


@pytest.mark.parametrize("solve", [_failing, lambda event: {"errorMessage": "Task timed out"}, lambda event: None])
def test_a_solver_in_trouble_is_503(world: World, gas: Business, solve: Any) -> None:
    order(world, gas)
    world.functions.solve = solve
    answer = optimize(world, gas)
    assert (answer.status, answer.body["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_solver_that_has_no_turn_left_is_503(world: World, gas: Business) -> None:
    order(world, gas)
    world.functions.refusing = True
    answer = optimize(world, gas)
    assert (answer.status, answer.body["code"]) == (503, "unavailable")


def test_the_solver_logs_how_much_and_how_long_and_not_where(
    world: World, gas: Business, logged: io.StringIO
) -> None:
    order(world, gas)
    world.api.post(PATH, body(), as_=gas.staff, headers={"X-Correlation-Id": "monday-plan"})
    [line] = [
        each
        for text in logged.getvalue().splitlines()
        if (each := json.loads(text))["message"] == "routes_optimized"
    ]
    assert (line["correlation_id"], line["tenant_id"]) == ("monday-plan", gas.tenant.id)
    assert (line["stops"], line["vehicles"], line["tours"], line["left"]) == (1, 1, 1, 0)
    assert "121.5" not in json.dumps(line)


def test_a_tenant_has_only_so_many_proposals_worked_out(world: World, gas: Business) -> None:
    order(world, gas)
    for _ in range(PROPOSALS.most):
        assert world.api.post(PATH, body(), as_=gas.staff).status == 200
    with invocations() as ran:
        refused = world.api.post(PATH, body(), as_=gas.admin)
    assert (refused.status, refused.body["code"]) == (429, "too_many_proposals")
    assert 0 < int(refused.headers["retry-after"]) <= PROPOSALS.seconds
    assert ran["optimize_routes"] == 0
    other = delivery_business()
    order(world, other)
    assert world.api.post(PATH, body(), as_=other.staff).status == 200


def test_a_proposal_that_needs_no_solver_counts_nothing(world: World, gas: Business) -> None:
    for _ in range(PROPOSALS.most + 1):
        assert world.api.post(PATH, body(), as_=gas.staff).status == 200
        assert world.api.post(PATH, body(vehicles=[vehicle(driver_id="gone")]), as_=gas.staff).status == 422
