"""Uses everything that WebSockets, positions and routes need."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from chalicelib.auth.revocations import revocations
from chalicelib.core import aws
from chalicelib.core.clock import now, wire
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.limits import MOST_REFUSED
from tests.api_client import Answer
from tests.displays import display_token, revoke
from tests.factories import Business, crowd_of, driver, order_body, store_messages
from tests.routes.rounds import PLACES, done, order, orders_of, planned
from tests.world import World


def use_positions(world: World, gas: Business) -> None:
    api, driver, gone = world.api, world.connect(gas.driver_user), world.connect(gas.admin)
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
    # Each function is a process of its own, which has not read the revocations of late.
    revocations.clear()
    assert api.post("/v1/drivers/me/location", fix, as_=gas.driver_user).body["accepted"] == 1
    revocations.clear()
    world.send(driver, {"type": "location_update", "latitude": 25.03, "longitude": 121.56})
    world.deliver()
    for path in ("/v1/drivers/positions", f"/v1/drivers/{gas.driver.id}/track"):
        assert api.get(path, as_=gas.staff).status == 200


def use_proposals(world: World, gas: Business) -> None:
    """Routes for a day's orders, and for one that is named."""
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    day = order["scheduled_date"]
    assert world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff).status == 200
    body = {
        "date": day,
        "depot": {"latitude": 25.04, "longitude": 121.55},
        "vehicles": [{"driver_id": gas.driver.id, "start_at": f"{day}T08:00:00+08:00"}],
    }
    for requested in ({}, {"order_ids": [order["id"]]}):
        answer = world.api.post("/v1/routes/optimize", {**body, **requested}, as_=gas.staff)
        assert answer.body["routes"], answer.body


def use_routes(world: World, gas: Business) -> None:
    api, gone = world.api, world.connect(gas.admin)
    Subscription(channel_key(gas.tenant.id, "routes"), gone).update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    dropped = planned(api, gas)
    done(api, gas, dropped, "cancel")
    route = planned(api, gas)
    api.patch(f"/v1/routes/{route['id']}", {"name": "x"}, as_=gas.staff)
    rider, row = driver(gas.tenant, "黃建志")
    done(api, gas, route, "assign", driver_id=gas.driver.id)
    world.send(world.connect(gas.driver_user), {"type": "subscribe", "channel": f"route:{route['id']}"})
    route = done(api, gas, route, "assign", driver_id=row.id)
    done(api, gas, route, "start")
    first, second = orders_of(route)
    # A function whose write of an order is refused reads the order again.
    with _meanwhile(lambda: api.post(f"/v1/orders/{second}/status", {"status": "delivering"}, as_=gas.staff)):
        world.deliver()
    for seconds in (40, 20):
        _fix(world, rider, seconds)
        world.deliver()
    _fix(world, rider, 0)
    with _meanwhile(lambda: api.post(f"/v1/orders/{first}/status", {"status": "arrived"}, as_=gas.staff)):
        world.deliver()
    assert order(api, gas, first)["status"] == "arrived"
    for query in ({}, {"driver_id": gas.driver.id}):
        assert api.get("/v1/routes", query=query, as_=gas.staff).status == 200


def _fix(world: World, rider: User, seconds: int) -> None:
    fix = {**PLACES[0], "timestamp": wire(now() - timedelta(seconds=seconds))}
    assert world.api.post("/v1/drivers/me/location", fix, as_=rider).body["accepted"] == 1


@contextmanager
def _meanwhile(act: Callable[[], Answer]) -> Iterator[None]:
    """Another request is faster, right after the function has read the orders that it will change."""
    events = aws.client("dynamodb").meta.events
    acts = [act]

    def look(parsed: dict[str, Any], **_: Any) -> None:
        if "luckygas-test-orders" in parsed.get("Responses", {}) and acts:
            assert acts.pop()().status == 200

    events.register("after-call.dynamodb.BatchGetItem", look)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb.BatchGetItem", look)
    assert not acts


def use_realtime(world: World, gas: Business) -> None:
    api = world.api
    offices = [world.connect(gas.admin) for _ in range(6)]
    world.deliver()
    assert len(world.gateway.closed) == 1
    gone = next(each for each in offices if each not in world.gateway.closed)
    message = {"type": "alert", "data": {}}
    assert api.post("/v1/realtime/publish", {"channel": "system", **message}, as_=gas.admin).status == 202
    assert api.post(f"/v1/realtime/users/{gas.admin.id}/send", message, as_=gas.admin).status == 202
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    world.deliver()
    for path in ("/v1/realtime/status", "/v1/realtime/connections", "/v1/events?channel=system&since=0"):
        assert api.get(path, as_=gas.admin).status == 200
    seen = {"channel": f"user:{gas.admin.id}", "cursor": 1}
    assert api.post("/v1/realtime/seen", seen, as_=gas.admin).status == 200
    store_messages(gas.tenant.id, gas.staff.id, 21)
    crowd = [world.connect(gas.staff) for _ in range(6)]
    world.send("stranger=", {"type": "heartbeat"})
    Connection(crowd[0]).update(
        [
            Connection.next_message_at.set(2**50),
            Connection.refused_since.set(2**40),
            Connection.refused_count.set(MOST_REFUSED - 1),
        ]
    )
    world.send(crowd[0], {"type": "heartbeat"})
    assert world.received(crowd[0])[-1]["code"] == "too_many_refusals"
    world.send(crowd[-1], {"type": "seen", **seen, "channel": f"user:{gas.staff.id}"})
    leaving = Connection.get(crowd[-1])
    leaving.update([Connection.connected_at.set(leaving.connected_at - 6_900_000)])
    Connection(next(each for each in offices if each not in (gone, *world.gateway.closed))).update(
        [Connection.last_seen_at.set(0), Connection.sends_heartbeats.set(True)]
    )
    Connection(world.connect(gas.drivers[1][0])).update([Connection.last_seen_at.set(0)])
    done = world.sweep(now())
    assert done["idle"] == done["rollover"] == done["too_many_connections"] == 1
    assert world.gateway.asked_for
    # The stored messages of the crowd are too many for its stream.
    world.deliver()


def use_crowd(world: World, gas: Business) -> None:
    """More than one function tells, one of them gone."""
    crowd_of(gas, "orders", "system", "routes")
    gone = world.connect(gas.admin)
    Subscription(channel_key(gas.tenant.id, "orders"), gone).update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    world.api.post("/v1/orders", order_body(gas), as_=gas.staff)
    planned(world.api, gas)
    crowd_of(gas, "drivers")
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
    assert world.api.post("/v1/drivers/me/location", fix, as_=gas.drivers[1][0]).body["accepted"] == 1
    message = {"channel": "system", "type": "alert", "data": {}}
    assert world.api.post("/v1/realtime/publish", message, as_=gas.admin).status == 202
    world.deliver()


def use_displays(world: World, gas: Business) -> None:
    made = display_token(world.api, gas)
    assert world.api.get("/v1/display-tokens", as_=gas.admin).status == 200
    screen = world.connect_with(made["token"])
    world.send(screen, {"type": "authenticate", "token": made["token"]})
    world.deliver()
    events = world.api.get("/v1/events", query={"channel": "orders", "since": "0"}, token=made["token"])
    assert events.status == 200
    revoke(world.api, gas, made["id"])


def use_access(world: World, gas: Business) -> None:
    api, before = world.api, len(world.gateway.closed)
    world.deliver()
    assert api.post("/v1/auth/logout", as_=gas.driver_user).status == 204
    assert api.patch(f"/v1/users/{gas.staff.id}", {"status": "suspended"}, as_=gas.admin).status == 200
    use_displays(world, gas)
    world.deliver()
    gas.tenant.update([Tenant.status.set("suspended")])
    world.deliver()
    assert len(world.gateway.closed) > before + 2
    assert Connection.count() == 0
