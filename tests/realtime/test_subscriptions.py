"""Access that is lost, and connections that end, while a subscribe or an unsubscribe runs."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import connections, subscriptions
from tests.calls import just_before, listening
from tests.crashes import Crash, at_call, crash
from tests.factories import Business
from tests.visits import gas_order, move, tracker
from tests.world import World


def subscribe(world: World, connection_id: str, channel: str) -> dict[str, Any]:
    world.send(connection_id, {"type": "subscribe", "channel": channel})
    answer: dict[str, Any] = world.received(connection_id)[-1]
    return answer


def watching(gas: Business, channel: str) -> list[str]:
    return [row.connection_id for row in Subscription.query(f"{gas.tenant.id}#{channel}")]


def test_a_driver_who_loses_an_order_between_check_and_subscription_is_refused(
    world: World, gas: Business
) -> None:
    order = gas_order(world.api, gas, "confirmed", "assigned")["id"]
    world.deliver()
    driver = world.connect(gas.driver_user)

    def lose() -> None:
        # Its record is read before the subscription is there.
        body = {"driver_id": gas.drivers[1][1].id, "notify": False}
        assert world.api.post(f"/v1/orders/{order}/assign", body, as_=gas.staff).status == 200
        world.follow("orders", world.take("orders"))

    with just_before("TransactWriteItems", lose):
        answer = subscribe(world, driver, f"order:{order}")
    assert (answer["type"], answer["code"]) == ("error", "not_found")
    assert watching(gas, f"order:{order}") == []


@pytest.mark.parametrize("operation", ["UpdateItem", "DeleteItem"])
def test_a_driver_is_notified_of_a_lost_order_also_if_the_function_dies_meanwhile(
    world: World, gas: Business, operation: str
) -> None:
    order = gas_order(world.api, gas, "confirmed", "assigned")["id"]
    world.deliver()
    driver = world.connect(gas.driver_user)
    subscribe(world, driver, f"order:{order}")
    # A quiet change has no other writes in its stream.
    body = {"driver_id": gas.drivers[1][1].id, "notify": False}
    assert world.api.post(f"/v1/orders/{order}/assign", body, as_=gas.staff).status == 200
    records = world.take("orders")
    with pytest.raises(Crash), at_call(operation, 1, "after-call.dynamodb", crash):
        world.follow("orders", records)
    world.follow("orders", records)
    assert [message["channel"] for message in world.received(driver, "unsubscribed")][-1:] == [f"order:{order}"]
    assert watching(gas, f"order:{order}") == []
    assert f"order:{order}" not in Connection.get(driver, consistent_read=True).channels


def test_a_tracker_whose_order_arrives_between_check_and_subscription_is_refused(
    world: World, gas: Business
) -> None:
    order = gas_order(world.api, gas, "confirmed", "assigned", "delivering")["id"]
    world.deliver()
    guest = world.connect_with(tracker(world.api, gas, order).token)
    channel = f"driver:{gas.driver.id}"

    def arrive() -> None:
        move(world.api, gas, order, "delivered")
        world.follow("orders", world.take("orders"))

    with just_before("TransactWriteItems", arrive):
        answer = subscribe(world, guest, channel)
    assert (answer["type"], answer["code"]) == ("error", "channel_forbidden")
    assert watching(gas, channel) == []


@pytest.mark.parametrize("ends", ["before", "between"])
def test_a_subscribe_to_a_connection_that_ends_leaves_no_row(world: World, gas: Business, ends: str) -> None:
    row = Connection.get(world.connect(gas.staff))

    def end() -> None:
        connections.delete([row.connection_id])

    channel = f"driver:{gas.driver.id}"
    if ends == "before":
        end()
        meanwhile: AbstractContextManager[None] = nullcontext()
    else:
        meanwhile = just_before("TransactWriteItems", end)
    with meanwhile, pytest.raises(NotFound):
        subscriptions.subscribe(row, channel, None, None)
    assert connections.count() == 0
    assert list(Subscription.scan()) == []


def test_an_unsubscribe_of_a_connection_that_has_ended_leaves_no_row(world: World, gas: Business) -> None:
    row = Connection.get(world.connect(gas.staff))
    connections.delete([row.connection_id])
    subscriptions.unsubscribe(row, "orders")
    assert connections.count() == 0


def test_only_the_trackers_of_the_order_that_has_arrived_are_unsubscribed(world: World, gas: Business) -> None:
    orders = [gas_order(world.api, gas, "confirmed", "assigned", "delivering")["id"] for _ in range(2)]
    world.deliver()
    guests = [world.connect_with(tracker(world.api, gas, order).token) for order in orders]
    channel = f"driver:{gas.driver.id}"
    assert {subscribe(world, guest, channel)["type"] for guest in guests} == {"subscribed"}
    move(world.api, gas, orders[0], "delivered")
    world.deliver()
    assert watching(gas, channel) == [guests[1]]


def test_a_connection_that_ends_after_an_unsubscribe_has_died_leaves_no_subscription(
    world: World, gas: Business
) -> None:
    office = world.connect(gas.staff)
    channel = f"driver:{gas.driver.id}"
    subscribe(world, office, channel)
    row = Connection.get(office, consistent_read=True)

    def die(model: Any, **_: Any) -> None:
        raise Crash

    with pytest.raises(Crash), listening("after-call.dynamodb", die):
        subscriptions.unsubscribe(row, channel)
    connections.delete([office])
    assert watching(gas, channel) == []


@pytest.mark.parametrize(
    ("channels", "again", "allowed"), [(127, False, True), (128, False, False), (128, True, True)]
)
def test_a_connection_watches_so_many_channels_and_may_repeat_any(
    world: World, gas: Business, channels: int, again: bool, allowed: bool
) -> None:
    row = Connection.get(world.connect(gas.staff))
    row.update([Connection.channels.set({f"driver:{n}" for n in range(channels)})])
    with nullcontext() if allowed else pytest.raises(Conflict):
        subscriptions.watch(row, "driver:0" if again else "driver:new")


def test_a_connection_without_channels_gets_its_first(world: World, gas: Business) -> None:
    row = Connection.get(world.connect(gas.staff))
    row.update([Connection.channels.remove()])
    subscriptions.watch(row, "driver:new")
    assert Connection.get(row.connection_id, consistent_read=True).channels == {"driver:new"}
