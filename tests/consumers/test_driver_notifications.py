"""Notifications to a driver's users about a new order or route: once, for any sequence of records."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.models.user import User
from chalicelib.realtime.replay import replay
from tests import factories
from tests.factories import Business
from tests.routes.rounds import assigned, confirmed, done, order, orders_of, planned
from tests.world import World

STREAMS = ("orders", "routes")


def notifications(user: User) -> list[dict[str, Any]]:
    """The data of each notification in the log of the user's channel, whether the user is connected or not."""
    events = [stamped.event for stamped in replay(user.tenant_id, f"user:{user.id}", 0, None).events]
    return [dict(event.data) for event in events if event.type == "notification"]


def new_order(order_id: str) -> dict[str, Any]:
    return {
        "title": "新訂單",
        "message": "您有新的配送任務",
        "severity": "info",
        "action": {"type": "view_order", "order_id": order_id},
    }


def new_route(route: Any, stops: int) -> dict[str, Any]:
    return {
        "title": "新路線",
        "message": f"您有新的配送路線，共 {stops} 站",
        "severity": "info",
        "action": {"type": "view_route", "route_id": route["id"]},
    }


def assign(world: World, gas: Business, order_id: str, driver_id: str, **more: Any) -> None:
    body = {"driver_id": driver_id, **more}
    answer = world.api.post(f"/v1/orders/{order_id}/assign", body, as_=gas.staff)
    assert answer.status == 200, answer.body


def test_an_assigned_order_notifies_every_user_of_its_driver_once(world: World, gas: Business) -> None:
    second = factories.user(gas.tenant, "driver", driver_id=gas.driver.id)
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    world.deliver(times=2)
    assert notifications(gas.driver_user) == notifications(second) == [new_order(order_id)]
    other, _ = gas.drivers[1]
    assert notifications(other) == notifications(gas.staff) == []


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_a_connected_driver_receives_the_notification_in_its_format(
    world: World, gas: Business, format_: str
) -> None:
    phone = world.connect(gas.driver_user, format=format_)
    world.deliver()
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    world.deliver()
    [message] = world.received(phone, "notification")
    content = new_order(order_id)
    assert message == {
        "type": "notification",
        "id": message["id"],
        **(content if format_ == "flat" else {"data": content}),
        "timestamp": order(world.api, gas, order_id)["updated_at"],
        "cursors": {f"user:{gas.driver_user.id}": 1},
    }


def test_a_driver_with_very_many_users_is_notified_on_each(world: World, gas: Business) -> None:
    # A transaction of the log holds the channels of 49 users.
    users = [factories.user(gas.tenant, "driver", driver_id=gas.driver.id) for _ in range(55)]
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    world.deliver(times=2)
    assert [notifications(user) for user in users] == [[new_order(order_id)]] * 55


def test_an_order_that_moves_to_another_driver_notifies_that_one(world: World, gas: Business) -> None:
    other, row = gas.drivers[1]
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    assign(world, gas, order_id, row.id)
    world.deliver()
    assert notifications(gas.driver_user) == notifications(other) == [new_order(order_id)]


def test_an_order_that_comes_back_to_its_driver_notifies_again(world: World, gas: Business) -> None:
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    answer = world.api.post(f"/v1/orders/{order_id}/status", {"status": "confirmed"}, as_=gas.staff)
    assert answer.status == 200, answer.body
    assign(world, gas, order_id, gas.driver.id)
    world.deliver()
    assert notifications(gas.driver_user) == [new_order(order_id)] * 2


def test_no_other_change_of_an_assigned_order_notifies(world: World, gas: Business) -> None:
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id)
    world.api.patch(f"/v1/orders/{order_id}", {"notes": "二樓"}, as_=gas.staff)
    for status in ("delivering", "failed"):
        step = world.api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=gas.driver_user)
        assert step.status == 200, step.body
    world.deliver()
    assert notifications(gas.driver_user) == [new_order(order_id)]


def test_a_quiet_assignment_never_notifies_the_driver(world: World, gas: Business) -> None:
    order_id = confirmed(world.api, gas)
    assign(world, gas, order_id, gas.driver.id, notify=False)
    world.api.patch(f"/v1/orders/{order_id}", {"notes": "二樓"}, as_=gas.staff)
    world.deliver()
    assert notifications(gas.driver_user) == []


def test_an_order_that_joins_the_route_its_driver_has_notifies_of_the_order(world: World, gas: Business) -> None:
    route = assigned(world.api, gas)
    added = confirmed(world.api, gas)
    stops = [{"order_id": each} for each in [*orders_of(route), added]]
    body = {"stops": stops, "version": route["version"]}
    answer = world.api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=gas.staff)
    assert answer.status == 200, answer.body
    world.deliver(times=2)
    assert sorted(notifications(gas.driver_user), key=str) == sorted(
        [new_route(route, 2), new_order(added)], key=str
    )


def test_a_started_route_notifies_no_more(world: World, gas: Business) -> None:
    route = assigned(world.api, gas)
    done(world.api, gas, route, "start")
    for _ in range(3):
        world.deliver()
    assert order(world.api, gas, orders_of(route)[0])["status"] == "delivering"
    assert notifications(gas.driver_user) == [new_route(route, 2)]


def one_by_one(records: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [[record] for record in records]


def together(records: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [list(records)]


def again_from_the_middle(records: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    half = len(records) // 2
    return [list(records[:half]), list(records), list(records[half:])]


@pytest.mark.parametrize("streams", [STREAMS, STREAMS[::-1]], ids="-".join)
@pytest.mark.parametrize("batches", [one_by_one, together, again_from_the_middle])
def test_a_route_notifies_its_driver_once_whichever_stream_is_followed_first(
    world: World, gas: Business, streams: Sequence[str], batches: Any
) -> None:
    route = planned(world.api, gas, stops=4)
    done(world.api, gas, route, "assign", driver_id=gas.driver.id)
    other, row = gas.drivers[1]
    done(world.api, gas, route, "assign", driver_id=row.id)
    for table in streams:
        for batch in batches(world.take(table)):
            world.follow(table, batch)
    assert notifications(gas.driver_user) == notifications(other) == [new_route(route, 4)]
