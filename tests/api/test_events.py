"""`GET /v1/events`, and the cursors of `GET /v1/orders`: the log over HTTPS."""

from typing import Any

import pytest

from tests.api_client import Answer, ApiClient
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.world import World


def events(world: World, user: Any, channel: str, since: int = 0, **query: str) -> Answer:
    return world.api.get("/v1/events", as_=user, query={"channel": channel, "since": str(since), **query})


def test_polling_gives_the_same_events_as_the_socket(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    world.deliver()
    answer = events(world, gas.staff, "orders")
    sent = [message for message in world.received(office) if message["type"].startswith("order")]
    assert answer.body["items"] == sent
    assert (answer.body["cursor"], answer.body["recovered"]) == (2, True)
    later = events(world, gas.staff, "orders", 1, epoch=answer.body["epoch"])
    assert later.body == {**answer.body, "items": sent[1:]}
    assert events(world, gas.staff, "orders", 2).body == {**answer.body, "items": []}


def test_each_format_has_its_words_and_table_tenants_their_default(
    world: World, gas: Business, restaurant: Business
) -> None:
    new_order(world, gas)
    new_order(world, restaurant)
    world.deliver()
    assert events(world, gas.staff, "orders", format="flat").body["items"][0]["type"] == "order.created"
    (kitchen,) = events(world, restaurant.staff, "orders").body["items"]
    assert kitchen["order"]["table_number"] == "A3"


def test_another_epoch_or_a_cursor_from_nowhere_recovers_nothing(world: World, gas: Business) -> None:
    new_order(world, gas)
    world.deliver()
    for answer in (events(world, gas.staff, "orders", epoch="another"), events(world, gas.staff, "orders", 99)):
        body = answer.body
        assert (body["items"], body["cursor"], body["recovered"]) == ([], 1, False)


def test_a_client_that_may_not_subscribe_to_a_channel_may_not_poll_it(
    world: World, gas: Business, restaurant: Business
) -> None:
    order = new_order(world, gas)
    for user, channel, status in (
        (gas.driver_user, "orders", 403),
        (gas.driver_user, f"driver:{gas.drivers[1][1].id}", 403),
        (gas.driver_user, f"order:{order['id']}", 404),
        (restaurant.staff, f"order:{order['id']}", 404),
        (gas.driver_user, f"driver:{gas.driver.id}", 200),
        (gas.customer_user, f"order:{order['id']}", 200),
        (gas.customer_user, "system", 200),
    ):
        assert events(world, user, channel).status == status, channel
    assert events(world, None, "orders").status == 401


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"channel": "orders"},
        {"since": "0"},
        {"channel": "orders", "since": "-1"},
        {"channel": "orders", "since": "x"},
        {"channel": "orders", "since": "1" + "0" * 40},
        {"channel": "nowhere", "since": "0"},
        {"channel": "orders", "since": "0", "format": "xml"},
        {"channel": "orders", "since": "0", "more": "1"},
    ],
)
def test_a_query_that_cannot_be_is_refused(api: ApiClient, gas: Business, query: dict[str, str]) -> None:
    assert api.get("/v1/events", as_=gas.staff, query=query).status == 422


def test_the_orders_list_has_the_channels_cursors(world: World, gas: Business) -> None:
    new_order(world, gas)
    world.deliver()
    body = world.api.get("/v1/orders", as_=gas.staff).body
    assert body["cursors"] == {"orders": 1, "drivers": 0, "routes": 0, "customers": 0, "system": 0}
    assert body["epochs"].keys() == body["cursors"].keys()
    driver = world.api.get("/v1/orders", as_=gas.driver_user).body
    assert driver["cursors"].keys() == {"system", f"driver:{gas.driver.id}", f"user:{gas.driver_user.id}"}


def test_a_list_and_then_its_cursors_leave_no_gap(world: World, gas: Business) -> None:
    first = new_order(world, gas)
    world.deliver()
    listed = world.api.get("/v1/orders", as_=gas.staff).body
    second = new_order(world, gas)
    world.deliver()
    cursor, epoch = listed["cursors"]["orders"], listed["epochs"]["orders"]
    answer = events(world, gas.staff, "orders", cursor, epoch=epoch).body
    seen = [order["id"] for order in listed["items"]] + [item["data"]["id"] for item in answer["items"]]
    assert seen == [first["id"], second["id"]]
