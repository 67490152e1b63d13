"""Guests whose network blocks WebSockets: the same events over HTTPS, and no more of them."""

from typing import Any

import pytest

from tests.factories import Business, dining_table
from tests.sockets.test_trackers_connect import PRIVATE
from tests.visits import Guest, gas_order, move, sat_down, subscribe, tracker
from tests.world import World


def polled(guest: Guest, channel: str, **query: str) -> Any:
    return guest.get("/v1/events", query={"channel": channel, "since": "0", **query})


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_a_tracker_polls_the_same_events_as_the_socket_replays(world: World, gas: Business, format_: str) -> None:
    order = gas_order(world.api, gas, "confirmed", "assigned", "delivering")["id"]
    world.deliver()
    guest = tracker(world.api, gas, order)
    connection = world.connect_with(guest.token, format=format_)
    subscribe(world, connection, f"order:{order}", since=0)
    replayed = [each for each in world.received(connection) if "id" in each]
    answer = polled(guest, f"order:{order}", format=format_)
    assert (answer.status, answer.body["recovered"]) == (200, True)
    assert answer.body["items"] == replayed
    assert len(replayed) == 4
    assert not [secret for secret in (*PRIVATE[:4], gas.staff.id) if secret in str(answer.body)]


def test_a_tracker_polls_nothing_but_its_order_and_the_driver_under_way(world: World, gas: Business) -> None:
    order, other = gas_order(world.api, gas, "confirmed", "assigned")["id"], gas_order(world.api, gas)["id"]
    guest = tracker(world.api, gas, order)
    driver = f"driver:{gas.driver.id}"
    for channel in ("orders", "drivers", "system", "customers", f"user:{gas.staff.id}", driver):
        assert polled(guest, channel).status == 403, channel
    assert polled(guest, f"order:{other}").status == 404
    move(world.api, gas, order, "delivering")
    assert polled(guest, driver).status == 200


def test_a_guest_at_a_table_polls_their_own_orders_alone(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest, neighbour = sat_down(world.api, table), sat_down(world.api, table)
    order = guest.order(restaurant).body
    move(world.api, restaurant, order["id"], "confirmed")
    world.deliver()
    created, step = polled(guest, f"order:{order['id']}").body["items"]
    assert (created["type"], step["order"]["status"]) == ("order_created", "confirmed")
    assert step["order"].keys() == order.keys() | {"restaurant_id", "order_status"}
    assert restaurant.staff.id not in str(step)
    assert polled(neighbour, f"order:{order['id']}").status == 404
    assert polled(guest, "orders").status == 403
