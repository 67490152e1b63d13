"""Sends every client message of the documents to the real handlers."""

import pytest

from chalicelib.core.clock import now, wire
from chalicelib.models.order import Order
from tests.docs.examples import ClientExample, client_examples, message_type, messages, validator
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.world import World

# Where an order must stand for the example to make sense.
_WAY = {"order_update": ("confirmed", "assigned"), "delivery.confirmed": ("confirmed", "assigned", "delivering")}


@pytest.mark.parametrize("example", client_examples(), ids=lambda example: example.name)
def test_a_documented_message_is_answered_as_documented(
    world: World, gas: Business, example: ClientExample
) -> None:
    assert gas.customer is not None
    order = new_order(world, gas)
    for status in _WAY.get(example.payload["type"], ()):
        step(world, gas, order["id"], status)
    who = gas.driver_user if example.payload["type"] in {*_WAY, "location_update"} else gas.staff
    # The examples' ids do not exist, and their times are before the orders: ours replace them.
    ours = {"order_id": order["id"], "customer_id": gas.customer.id, "token": world.api.token(who)}
    ours["confirmed_at"] = wire(now())
    if example.payload.get("pin"):
        ours["pin"] = Order.get(gas.tenant.id, order["id"]).pin
    if example.payload.get("channel", "").startswith("order:"):
        ours["channel"] = f"order:{order['id']}"
    if example.payload.get("channel", "").startswith("user:"):
        ours["channel"] = f"user:{who.id}"
    sent = {name: ours.get(name, value) for name, value in example.payload.items()}

    speaker = world.connect(who)
    world.send(speaker, sent)
    answer = world.received(speaker)[-1]
    assert answer["type"] == example.answer_type
    assert answer.get("ref") == example.payload.get("ref")
    shapes = [name for name in messages() if message_type(name) == answer["type"]]
    assert any(validator(name).is_valid(answer) for name in shapes)
