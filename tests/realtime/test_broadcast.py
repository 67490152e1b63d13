"""Fan-out of a batch: its cost, its sequence, and that each subscriber receives each event once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from tests.calls import counted_calls
from tests.factories import Business
from tests.world import World


def event(business: Business, number: int, *channels: str) -> Event:
    return Event(
        id=f"e{number}",
        type="changed",
        tenant_id=business.tenant.id,
        channels=channels,
        data={"number": number},
        timestamp="2026-11-22T04:00:00.000Z",
    )


@contextmanager
def operations() -> Iterator[list[str]]:
    """DynamoDB's operations in the order in which they were operations_seen for."""
    operations_seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        operations_seen.append(model.name)

    events = aws.client("dynamodb").meta.events
    events.register("before-call", note)
    try:
        yield operations_seen
    finally:
        events.unregister("before-call", note)


def test_a_batch_costs_one_read_one_transaction_and_one_query_per_channel(world: World, gas: Business) -> None:
    world.connect(gas.staff)
    batch = [event(gas, n, "orders", f"order:{n % 3}", "system") for n in range(12)]
    with counted_calls() as calls:
        publish(batch)
    assert calls == {"dynamodb.BatchGetItem": 1, "dynamodb.TransactWriteItems": 1, "dynamodb.Query": 5}


def test_an_event_is_logged_before_its_listeners_are_looked_up(world: World, gas: Business) -> None:
    with operations() as operations_seen:
        publish([event(gas, 1, "orders")])
    assert operations_seen.index("TransactWriteItems") < operations_seen.index("Query")


def test_a_subscription_is_written_before_the_log_is_read(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    publish([event(gas, 1, "orders")])
    # What ended lately is read with this message, and not again with the next one.
    world.send(office, {"type": "subscribe", "channel": "system"})
    with operations() as operations_seen:
        world.send(office, {"type": "subscribe", "channel": "orders", "since": 0})
    assert operations_seen.index("TransactWriteItems") < operations_seen.index("Query")


def test_the_orders_lists_cursors_are_read_before_its_rows(world: World, gas: Business) -> None:
    with operations() as operations_seen:
        assert world.api.get("/v1/orders", as_=gas.staff).body["cursors"]["orders"] == 0
    # The last read of cursors is of the log's heads; the one before it is of the session.
    heads = max(n for n, name in enumerate(operations_seen) if name == "BatchGetItem")
    assert heads < operations_seen.index("Query")


def test_a_subscriber_of_several_channels_of_an_event_receives_it_once(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    publish([event(gas, 1, "orders", "system", "drivers")])
    (received,) = world.received(office)
    assert received["cursors"] == {"orders": 1, "system": 1, "drivers": 1}


def test_a_listener_gets_a_batch_in_order(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    publish([event(gas, n, "orders") for n in range(20)])
    assert [message["data"]["number"] for message in world.received(office)] == list(range(20))
