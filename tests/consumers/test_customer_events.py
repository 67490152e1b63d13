"""The events of an order for its customer's users, for any number of users."""

from chalicelib.realtime.replay import replay
from tests import factories
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.world import World


def test_every_user_of_a_customer_with_very_many_of_them_receives_a_step_once(world: World, gas: Business) -> None:
    assert gas.customer is not None
    # A transaction of the log holds the channels of 49 users.
    users = [factories.user(gas.tenant, "customer", customer_id=gas.customer.id) for _ in range(60)]
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    world.deliver(times=2)
    for user in users:
        (received,) = replay(gas.tenant.id, f"user:{user.id}", 0, None).events
        assert (received.event.type, received.event.data["status"]) == ("delivery_update", "confirmed")
