"""Every message that an existing frontend reads, compared with the actual one key by key and type by type."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.clock import now, wire
from tests.factories import Business
from tests.journeys.frontend_samples import ALERT, CALL, KNOWN_DIFFERENCES, SAMPLES, TEXT
from tests.journeys.test_order_to_everyone import new_order, step
from tests.routes.rounds import done, plan
from tests.world import World

# Values that a frontend compares with its own: these must be equal, not only texts.
WORDS = {"type", "status", "previous_status", "order_status", "payment_status", "payment_method", "severity"}
KINDS = {
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "order number": re.compile(r"ORD-\d{12}-[0-9A-Z]{4}"),
}


def kind(key: str, value: Any) -> str:
    """The JSON type of a value; of a text also what it tells, where a frontend parses it."""
    if isinstance(value, str):
        if key in WORDS:
            return f"the word {value}"
        return next((name for name, pattern in KINDS.items() if pattern.fullmatch(value)), "string")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def differences(sample: Any, actual: Any, path: str = "") -> Iterator[str]:
    """What of the sample is missing in the actual message or has another type there."""
    key = path.rpartition(".")[2]
    if kind(key, sample) != kind(key, actual):
        yield f"{path}: {kind(key, actual)} instead of {kind(key, sample)}"
    elif isinstance(sample, dict):
        for name, value in sample.items():
            if name in actual:
                yield from differences(value, actual[name], f"{path}.{name}".lstrip("."))
            else:
                yield f"{path}.{name} is missing".lstrip(".")
    elif isinstance(sample, list):
        assert sample
        if not actual:
            yield f"{path}: nothing in it"
        for each in actual:
            yield from differences(sample[0], each, path)


def publish(world: World, business: Business, user_id: str) -> None:
    """What staff publish: an alert for everybody, and a call and a message for one user."""
    sent = [
        ("/v1/realtime/publish", {"channel": "system", "type": "maintenance.alert", "data": ALERT}),
        (f"/v1/realtime/users/{user_id}/send", {"type": "notification", "data": CALL}),
        (f"/v1/realtime/users/{user_id}/send", {"type": "personal_message", "data": TEXT}),
    ]
    for path, body in sent:
        assert world.api.post(path, body, as_=business.staff).status == 202


def delivered(world: World, gas: Business) -> None:
    """An order from the call to the door, on a route, with a position."""
    order = new_order(world, gas)
    path = f"/v1/orders/{order['id']}"
    step(world, gas, order["id"], "confirmed")
    assert world.api.patch(path, {"notes": "二樓"}, as_=gas.staff).status == 200
    answer = plan(world.api, gas, [order["id"]])
    assert answer.status == 201, answer.body
    done(world.api, gas, answer.body, "assign", driver_id=gas.driver.id)
    fix = {"latitude": 25.04, "longitude": 121.51, "speed": 12, "heading": 45, "timestamp": wire(now())}
    assert world.api.post("/v1/drivers/me/location", fix, as_=gas.driver_user).body["accepted"] == 1
    for status in ("delivering", "arriving", "arrived", "delivered"):
        step(world, gas, order["id"], status)


def served(world: World, restaurant: Business) -> None:
    """An order at a table, taken by staff with a number for the table."""
    dish = {"menu_item_id": restaurant.products[0].id, "quantity": 2, "unit_price": 12.75}
    guest = {"customer_name": "陳先生", "customer_phone": "0911222333", "payment_method": "cash"}
    order = new_order(world, restaurant, table_number=5, items=[dish], estimated_time=15, **guest)
    step(world, restaurant, order["id"], "confirmed")
    changed = world.api.patch(f"/v1/orders/{order['id']}", {"notes": "不要香菜"}, as_=restaurant.staff)
    assert changed.status == 200


def unknown_differences(format_: str, messages: list[dict[str, Any]], *types: str) -> dict[str, list[str]]:
    """By type, how the actual messages differ from the samples beyond what is documented; of all types or some.

    Of several messages of a type the one with the fewest differences counts: only one has the sample's status.
    """
    found = {}
    for sample in SAMPLES[format_]:
        type_ = sample["type"]
        if types and type_ not in types:
            continue
        actual = [list(differences(sample, each)) for each in messages if each["type"] == type_]
        fewest = min(actual, key=len, default=["not sent"])
        if fewest != KNOWN_DIFFERENCES.get((format_, type_), []):
            found[type_] = fewest
    return found


@pytest.mark.parametrize("format_", ["standard", "flat"])
def test_a_delivery_frontend_reads_every_message_of_its_guide(world: World, gas: Business, format_: str) -> None:
    assert gas.customer_user is not None
    listeners = [world.connect(user, format=format_) for user in (gas.staff, gas.driver_user, gas.customer_user)]
    delivered(world, gas)
    publish(world, gas, gas.driver_user.id)
    world.deliver()
    world.deliver()
    received = [message for listener in listeners for message in world.received(listener)]
    assert unknown_differences(format_, received) == {}


def test_a_restaurants_dashboard_reads_every_message_of_its_guide(world: World, restaurant: Business) -> None:
    dashboard = world.connect(restaurant.staff)
    served(world, restaurant)
    publish(world, restaurant, restaurant.staff.id)
    world.deliver()
    received = world.received(dashboard)
    assert unknown_differences("restaurant", received) == {}
    created = next(message["order"] for message in received if message["type"] == "order_created")
    assert (created["table_number"], created["total_price"], created["items"][0]["unit_price"]) == (5, 25.5, 12.75)


@pytest.mark.parametrize("format_", sorted(SAMPLES))
def test_replayed_and_polled_messages_are_as_in_the_guides(
    world: World, gas: Business, restaurant: Business, format_: str
) -> None:
    business = restaurant if format_ == "restaurant" else gas
    (served if format_ == "restaurant" else delivered)(world, business)
    world.deliver()
    listener = world.connect(business.staff, format=format_)
    world.send(listener, {"type": "subscribe", "channel": "orders", "since": 0})
    query = {"channel": "orders", "since": "0", "format": format_}
    polled = world.api.get("/v1/events", query=query, as_=business.staff).body["items"]
    replayed = [message for message in world.received(listener) if message in polled]
    assert len(replayed) == len(polled) > 2
    types = {each["type"] for each in polled}
    assert len(types) > 1
    assert unknown_differences(format_, polled, *types) == {}


def test_a_missing_key_and_another_type_would_be_noticed() -> None:
    sample = {"type": "order.updated", "at": "2026-11-30T01:00:00Z", "n": 1, "lines": [{"price": 1.5}]}
    actual = {"type": "order.updated", "at": "2026-11-30", "lines": [{"price": "1.5"}]}
    assert list(differences(sample, sample)) == []
    assert list(differences(sample, actual)) == [
        "at: date instead of timestamp",
        "n is missing",
        "lines.price: string instead of number",
    ]
    assert list(differences({"status": "ready"}, {"status": "done"})) == [
        "status: the word done instead of the word ready"
    ]
    assert list(differences({"lines": [1]}, {"lines": []})) == ["lines: nothing in it"]
