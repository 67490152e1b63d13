"""Unknown keys that existing apps send are accepted; invalid values of known keys are refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, wire
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.order import Order
from chalicelib.sockets.answers import ANSWERS
from tests.calls import counted_calls
from tests.factories import Business
from tests.journeys.test_order_to_everyone import step
from tests.sockets.test_orders_over_the_socket import assigned, status
from tests.sockets.test_subscribe import sent
from tests.world import World

PLACE = {"latitude": 25.033, "longitude": 121.5654}
# What apps add to each message, and more of the kind.
MORE = {"timestamp": "2026-11-30T01:00:00.000Z", "app": {"version": "1.4", "build": [7]}, "channel_id": None}


def update(order: dict[str, Any], status: str = "delivering", **values: Any) -> dict[str, Any]:
    return {"type": "order_update", "order_id": order["id"], "status": status, **values}


def row(gas: Business, order: dict[str, Any]) -> Order:
    return Order.get(gas.tenant.id, order["id"], consistent_read=True)


def in_minutes(minutes: float) -> str:
    return wire(now() + timedelta(minutes=minutes))


def test_a_driver_written_to_the_guide_delivers_with_its_own_messages(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    assert gas.customer is not None
    driver = world.connect(gas.driver_user, client="driver", format="flat")
    for message, answer_type in (
        ({"type": "heartbeat"}, "heartbeat"),
        ({"type": "subscribe", "channel": f"order:{order['id']}"}, "subscribed"),
        (
            {"type": "location_update", **PLACE, "speed": 30, "heading": 45, "accuracy": 10},
            "location_update_accepted",
        ),
        (update(order, details={"notes": "已出發", "eta": in_minutes(30)}), "order_update_accepted"),
        (
            {
                "type": "delivery.confirmed",
                "order_id": order["id"],
                "customer_id": gas.customer.id,
                "confirmed_at": wire(now()),
                "confirmation_type": "qr_code",
                "cylinder_serial": "TW-20-000789",
            },
            "delivery.confirmed_accepted",
        ),
    ):
        answer = sent(world, driver, {**message, "timestamp": wire(now())})
        assert answer["type"] == answer_type, answer
    delivered = row(gas, order)
    assert (delivered.status, delivered.estimated_time) == ("delivered", 30)
    assert [entry.reason for entry in delivered.history][-2:] == ["已出發", "qr_code TW-20-000789"]
    assert delivered.proof is not None
    assert delivered.proof.cylinder_serial == "TW-20-000789"


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ("已從倉庫出發", "已從倉庫出發"),
        ("", None),
        (None, None),
        ({}, None),
        ({"notes": "按電鈴\n二樓"}, "按電鈴\n二樓"),
        ({"notes": ""}, None),
        ({"notes": None, "eta": None}, None),
        ({"notes": "x" * 300, "driver": {"name": "阿明", "tags": [1]}}, "x" * 300),
    ],
)
def test_the_notes_of_a_step_are_its_reason(world: World, gas: Business, details: Any, reason: str | None) -> None:
    order = assigned(world, gas)
    answer = sent(world, world.connect(gas.driver_user), update(order, details=details))
    assert answer["type"] == "order_update_accepted", answer
    assert row(gas, order).history[-1].reason == reason


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (7, "details"),
        (["notes"], "details"),
        ("x" * 301, "details"),
        ({"notes": 7}, "details.notes"),
        ({"notes": "x" * 301}, "details.notes"),
        ({"notes": "\u202e"}, "details.notes"),
        ({"eta": 1_764_464_400}, "details.eta"),
        ({"eta": {"minutes": 30}}, "details.eta"),
    ],
)
def test_details_of_a_wrong_type_are_refused_and_change_nothing(
    world: World, gas: Business, details: Any, field: str
) -> None:
    order = assigned(world, gas)
    answer = sent(world, world.connect(gas.driver_user), update(order, details=details))
    assert (answer["type"], answer["code"]) == ("error", "invalid")
    assert answer["errors"][0]["field"] == field
    assert status(world, gas, order["id"]) == "assigned"


def test_the_drivers_eta_is_stored_with_the_step_and_reaches_the_customer(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    world.deliver()
    office, driver = world.connect(gas.staff, format="flat"), world.connect(gas.driver_user)
    assert sent(world, driver, update(order, details={"eta": in_minutes(45)}))["version"] == 4
    world.deliver()
    (received,) = world.received(office, "order.updated")
    assert (received["status"], received["estimated_time"], received["version"]) == ("delivering", 45, 4)


def test_an_eta_on_the_way_counts_from_when_the_order_went_out(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    driver = world.connect(gas.driver_user)
    sent(world, driver, update(order))
    went_out = datetime.fromisoformat(row(gas, order).history[-1].at)
    eta = wire(went_out + timedelta(minutes=20))
    assert sent(world, driver, update(order, "arriving", details={"eta": eta}))["type"] == "order_update_accepted"
    assert row(gas, order).estimated_time == 20


@pytest.mark.parametrize(
    "eta",
    [
        "2020-01-20T10:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "2026-11-30T10:00:00",
        "30 minutes",
        "",
    ],
)
def test_an_empty_eta_is_ignored_and_the_step_is_taken(world: World, gas: Business, eta: str) -> None:
    order = assigned(world, gas)
    answer = sent(world, world.connect(gas.driver_user), update(order, details={"notes": "出發", "eta": eta}))
    assert answer["type"] == "order_update_accepted", answer
    assert row(gas, order).estimated_time is None


@pytest.mark.parametrize("to", ["arrived", "delivered", "failed"])
def test_an_eta_at_the_door_changes_no_estimate(world: World, gas: Business, to: str) -> None:
    order = assigned(world, gas)
    driver = world.connect(gas.driver_user)
    sent(world, driver, update(order, details={"eta": in_minutes(30)}))
    step(world, gas, order["id"], "arriving")
    assert sent(world, driver, update(order, to, details={"eta": in_minutes(90)}))["status"] == to
    assert row(gas, order).estimated_time == 30


def test_an_eta_neither_shows_nor_changes_an_order_of_another_driver(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    step(world, gas, order["id"], "delivering")
    other = world.connect(gas.drivers[1][0])
    answer = sent(world, other, update(order, "arriving", details={"eta": in_minutes(5)}))
    assert answer["code"] == "not_found"
    unchanged = row(gas, order)
    assert unchanged.status == "delivering"
    assert unchanged.estimated_time is None


def test_an_eta_costs_the_commonest_step_no_second_call(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    driver = world.connect(gas.driver_user)
    with counted_calls() as calls:
        sent(world, driver, update(order, details={"notes": "出發", "eta": in_minutes(30)}))
    # One is the sign of life, one the step.
    assert calls == {"dynamodb.UpdateItem": 2}


def test_unknown_keys_in_a_message_are_ignored(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    driver = world.connect(gas.driver_user)
    messages: dict[str, dict[str, Any]] = {
        "heartbeat": {},
        "ping": {},
        "subscribe": {"channel": "system"},
        "unsubscribe": {"channel": "system"},
        "seen": {"channel": f"user:{gas.driver_user.id}", "cursor": 0},
        "location_update": PLACE,
        "order_update": {"order_id": order["id"], "status": "delivering"},
        "delivery.confirmed": {
            "order_id": order["id"],
            "confirmed_at": wire(now()),
            "confirmation_type": "qr_code",
        },
        "authenticate": {"token": world.api.token(gas.driver_user)},
    }
    for kind, message in messages.items():
        extra = {**MORE, "timestamp": wire(now())} if kind == "location_update" else MORE
        answer = sent(world, driver, {**extra, "type": kind, **message})
        assert answer["type"] != "error", answer
    assert messages.keys() == ANSWERS.keys()


@pytest.mark.parametrize(
    "unknown", [{"speed": None, "heading": None, "accuracy": None}, {"speed": -1, "heading": -1.0}]
)
def test_a_fix_without_a_known_speed_or_heading_is_accepted_without_them(
    world: World, gas: Business, unknown: dict[str, Any]
) -> None:
    driver, office = world.connect(gas.driver_user), world.connect(gas.staff)
    fix = {"type": "location_update", **PLACE, **unknown, "altitude": None, "altitudeAccuracy": -1}
    assert sent(world, driver, fix) == {"type": "location_update_accepted", "accepted": 1, "ignored": 0}
    world.deliver()
    (received,) = world.received(office, "driver_location")
    assert (received["data"]["speed"], received["data"]["heading"], received["data"]["accuracy"]) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "values",
    [{"speed": -2}, {"speed": -0.5}, {"speed": 151}, {"heading": -0.1}, {"heading": 361}, {"accuracy": -1}],
)
def test_an_impossible_fix_is_refused_over_the_socket(world: World, gas: Business, values: dict[str, Any]) -> None:
    answer = sent(world, world.connect(gas.driver_user), {"type": "location_update", **PLACE, **values})
    assert (answer["type"], answer["code"]) == ("error", "invalid")
    assert answer["errors"][0]["field"] in values
    assert DriverPosition.count(gas.tenant.id) == 0
