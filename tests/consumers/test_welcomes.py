"""A welcome reaches its connection even if API Gateway is slow to open it."""

import pytest

from chalicelib.models.connection import Connection
from tests.factories import Business, delivery_business, store_messages
from tests.inboxes import contents, send
from tests.world import World


@pytest.mark.parametrize("refusal", [410, 429, 503])
def test_a_welcome_that_is_refused_at_first_is_sent_by_fan_out_with_the_stored_messages(
    world: World, gas: Business, refusal: int
) -> None:
    send(world, gas, gas.admin, "請回電")
    late, other = world.connect(gas.admin), world.connect(gas.staff)
    world.gateway.answer(late, refusal, refusal, refusal, refusal, 200)
    world.follow("connections", world.take("connections"))
    assert world.received(late) == []
    assert len(world.received(other, "connected")) == 1
    world.deliver_chunks()
    assert [message["type"] for message in world.received(late)] == ["connected", "personal_message"]
    assert contents(world, late) == ["請回電"]


def test_fan_out_tries_a_young_connection_longer_than_the_stream_does(world: World, gas: Business) -> None:
    late = world.connect(gas.staff)
    world.gateway.answer(late, *[410] * 7, 200)
    world.deliver()
    assert len(world.received(late, "connected")) == 1
    assert Connection.count(late) == 1


def test_welcomes_of_two_tenants_that_are_left_to_fan_out_travel_apart(world: World, gas: Business) -> None:
    late = [world.connect(business.staff) for business in (gas, delivery_business())]
    for connection_id in late:
        world.gateway.answer(connection_id, *[410] * 3, 200)
    world.follow("connections", world.take("connections"))
    assert len(world.functions.invoked) == 2
    world.deliver_chunks()
    assert [len(world.received(connection_id, "connected")) for connection_id in late] == [1, 1]


def test_all_posts_of_a_tenant_for_fan_out_are_handed_over_at_once(world: World, gas: Business) -> None:
    store_messages(gas.tenant.id, gas.driver_user.id, 40)
    many, late = world.connect(gas.driver_user), world.connect(gas.staff)
    world.gateway.answer(late, *[503] * 4, 200)
    world.follow("connections", world.take("connections"))
    assert len(world.functions.invoked) == 1
    world.deliver_chunks()
    assert len(contents(world, many)) == 40
    assert len(world.received(late, "connected")) == 1


def test_posts_that_lambda_does_not_accept_are_sent_by_the_streams_function(world: World, gas: Business) -> None:
    store_messages(gas.tenant.id, gas.driver_user.id, 40)
    many, late = world.connect(gas.driver_user), world.connect(gas.staff)
    world.gateway.answer(late, *[503] * 4, 200)
    world.functions.refusing = True
    world.follow("connections", world.take("connections"))
    assert len(contents(world, many)) == 40
    assert len(world.received(late, "connected")) == 1
