"""The short form of an event that is too large for a WebSocket message, in every format and way of delivery."""

from typing import Any

import pytest

from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import FORMATS, render
from chalicelib.realtime.posts import encoded
from tests.docs.samples import EVENT_TYPES, sample_event
from tests.factories import Business
from tests.world import World

# API Gateway's limit for one message.
GATEWAY_LIMIT = 128 * 1024
AT = "2026-11-22T04:38:10.402Z"
ORDER_KEYS = {"standard": "data", "restaurant": "order"}


def large_order(order_id: str, version: int = 3) -> dict[str, Any]:
    line = {"id": "i", "product_id": None, "menu_item_id": None, "quantity": 1, "unit_price": "1"}
    step = {"status": "confirmed", "at": AT, "by": "u1", "reason": "理" * 300}
    return {
        "id": order_id,
        "order_number": "ORD-1",
        "status": "confirmed",
        "version": version,
        "table_number": "A3",
        "notes": "記" * 2000,
        # The line in REST's own words; `flat` has names and quantities only, and needs more to be as large.
        "items": [{**line, "name": "瓦" * 100} for _ in range(500)],
        "history": [step] * 150,
    }


def large_event(tenant_id: str, order_id: str = "o1", number: int = 3) -> Event:
    return Event(
        id=f"{order_id}-{number}",
        type="order_updated",
        tenant_id=tenant_id,
        channels=("orders", f"order:{order_id}"),
        data={"order": large_order(order_id, number)},
        timestamp=AT,
    )


def id_in(format_: str, message: dict[str, Any]) -> Any:
    return message["order_id"] if format_ == "flat" else message[ORDER_KEYS[format_]]["id"]


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_large_event_has_a_short_form_that_fits_and_names_its_order(format_: str) -> None:
    message = render(large_event("t1"), {"orders": 7}, format_)
    assert message is not None
    assert len(encoded(message)) <= GATEWAY_LIMIT
    assert message["truncated"] is True
    assert (message["id"], message["timestamp"], message["cursors"]) == ("o1-3", AT, {"orders": 7})
    assert id_in(format_, message) == "o1"


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_short_form_keeps_every_key_that_a_frontend_reads(format_: str) -> None:
    whole = render(sample_event("order_updated"), {"orders": 7}, format_)
    short = render(large_event("t1"), {"orders": 7}, format_)
    assert whole is not None
    assert short is not None
    assert whole.keys() <= short.keys()
    order, cut = (each.get(ORDER_KEYS.get(format_, ""), each) for each in (whole, short))
    lists = {key for key, value in order.items() if isinstance(value, list)}
    assert lists
    assert all(cut[key] == [] for key in lists)
    assert (cut["order_number"], cut["status"], cut["version"]) == ("ORD-1", "confirmed", 3)


@pytest.mark.parametrize("format_", sorted(FORMATS))
@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_a_message_that_fits_is_not_shortened(format_: str, type_: str) -> None:
    message = render(sample_event(type_), {"orders": 7}, format_)
    assert message is None or "truncated" not in message


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_an_event_that_is_large_without_any_list_names_itself_and_its_place_in_the_log(format_: str) -> None:
    data = {f"key {n}": "x" * 1000 for n in range(150)}
    event = Event(id="e", type="odd", tenant_id="t1", channels=("system",), data=data, timestamp=AT)
    message = render(event, {"system": 2}, format_)
    assert message == {"type": "odd", "id": "e", "timestamp": AT, "cursors": {"system": 2}, "truncated": True}


def test_a_large_event_and_what_follows_it_reach_the_board_live(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    small = Event(id="s", type="changed", tenant_id=gas.tenant.id, channels=("orders",), data={}, timestamp=AT)
    publish([large_event(gas.tenant.id), small])
    large, after = world.received(office)
    assert (large["truncated"], after["type"]) == (True, "changed")
    assert max(len(body) for _, _, body in world.gateway.requests) <= GATEWAY_LIMIT


def test_a_large_event_is_short_in_a_replay_and_over_https_too(world: World, gas: Business) -> None:
    publish([large_event(gas.tenant.id)])
    office = world.connect(gas.staff)
    world.send(office, {"type": "subscribe", "channel": "orders", "since": 0})
    replayed, answer = world.received(office)
    assert (replayed["data"]["id"], replayed["truncated"]) == ("o1", True)
    assert (answer["recovered"], answer["replayed"]) == (True, 1)
    query = {"channel": "orders", "since": "0"}
    assert world.api.get("/v1/events", as_=gas.staff, query=query).body["items"] == [replayed]
