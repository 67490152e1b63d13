"""A channel's events are rendered once for each audience, which is known from the subscription."""

from typing import Any

import pytest

from chalicelib.models.connection import Subscription
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.recipients import posts_of
from tests.factories import Business, user
from tests.visits import gas_order
from tests.world import World

REASON = "THE OFFICE'S REASON"


def cancel(world: World, gas: Business, order_id: str) -> None:
    body = {"status": "cancelled", "reason": REASON}
    assert world.api.post(f"/v1/orders/{order_id}/status", body, as_=gas.staff).status == 200
    world.deliver()


def reasons(world: World, connection_id: str) -> list[Any]:
    [message] = world.received(connection_id, "order_status_changed")
    return [step["reason"] for step in message["order"]["history"]]


def watching(world: World, who: Any, order_id: str) -> str:
    connection_id = world.connect(who, format="restaurant")
    world.send(connection_id, {"type": "subscribe", "channel": f"order:{order_id}"})
    return connection_id


def as_of_an_earlier_version(gas: Business, connection_id: str, *channels: str) -> None:
    """Makes the subscriptions as they were stored before they had a role."""
    for channel in channels:
        row = Subscription(channel_key(gas.tenant.id, channel), connection_id)
        row.update([Subscription.role.remove()])


@pytest.mark.parametrize("is_old", [False, True])
def test_each_audience_of_an_order_receives_its_own_view_also_on_older_connections(
    world: World, gas: Business, is_old: bool
) -> None:
    order_id = gas_order(world.api, gas, "confirmed", "assigned")["id"]
    world.deliver()
    staff, driver, customer = (
        watching(world, who, order_id) for who in (gas.staff, gas.driver_user, gas.customer_user)
    )
    if is_old:
        for connection_id in (staff, driver, customer):
            as_of_an_earlier_version(gas, connection_id, f"order:{order_id}")
        as_of_an_earlier_version(gas, staff, "orders")
        as_of_an_earlier_version(gas, driver, f"driver:{gas.driver.id}")
    cancel(world, gas, order_id)
    assert reasons(world, staff) == [None, None, None, REASON]
    assert reasons(world, driver) == [None] * 4
    assert reasons(world, customer) == [None] * 4


def test_readers_of_one_audience_share_one_encoded_message(world: World, gas: Business) -> None:
    order_id = gas_order(world.api, gas)["id"]
    assert gas.customer is not None
    customers = [gas.customer_user, user(gas.tenant, "customer", customer_id=gas.customer.id)]
    first, second = (watching(world, who, order_id) for who in customers)
    event = Event(
        id="e1",
        type="order_updated",
        tenant_id=gas.tenant.id,
        channels=(f"order:{order_id}",),
        data={"order": {"id": order_id, "total_price": "1"}},
        timestamp="2026-11-22T04:38:10.402Z",
    )
    posts = {
        post.connection_id: post for post in posts_of(gas.tenant.id, [Stamped(event, {f"order:{order_id}": 1})])
    }
    assert posts[first].payloads[0] is posts[second].payloads[0]
