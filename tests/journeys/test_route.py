"""A route from the office's plan to the last delivery: all its events and SMS, with real handlers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.principal import Principal
from chalicelib.core import aws
from chalicelib.core.clock import now, wire
from chalicelib.core.settings import settings
from chalicelib.models.connection import Subscription
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.realtime.channels import channel_key
from chalicelib.routes.drafts import RouteAssignDraft, RouteDraft, StopDraft
from chalicelib.routes.driving import assign_route
from chalicelib.routes.planning import create_route
from chalicelib.routes.rows import RequestContext
from tests.factories import Business, customer, delivery_business, user
from tests.routes.rounds import PLACES, confirmed, done, order, orders_of, plan, planned
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import World


@pytest.fixture
def shop(gas: Business, sms_gateway: SmsGateway, world: World) -> Business:
    """The gas business with its provider listening."""
    sms = SmsSettings(provider="http", url=sms_gateway.url, sender="LUCKYGAS")
    gas.tenant.update([Tenant.sms.set(sms)])
    name = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=name, Value="provider-key", Type="SecureString")
    return gas


class Clock:
    """The driver's phone: each position a bit later than the one before, and the last one now."""

    def __init__(self, world: World, shop: Business) -> None:
        self.world, self.shop = world, shop
        self.moments = self._moments()
        self.last = ""

    def _moments(self) -> Iterator[str]:
        start = now() - timedelta(seconds=90)
        for n in range(9):
            yield wire(start + timedelta(seconds=10 * n))

    def at(self, place: dict[str, float], metres_away: float = 0, **values: Any) -> None:
        """Posts a fix so far south of a place, and runs the stream functions for it twice, as streams may."""
        self.last = next(self.moments)
        body = {
            "latitude": place["latitude"] - metres_away / 111_195,
            "longitude": place["longitude"],
            "timestamp": self.last,
            **values,
        }
        answer = self.world.api.post("/v1/drivers/me/location", body, as_=self.shop.driver_user)
        assert answer.body == {"accepted": 1, "ignored": 0}
        self.world.deliver(times=2)
        self.world.deliver()


def texts(sms_gateway: SmsGateway) -> list[tuple[str, str]]:
    """(phone, first words) of what was sent, in the order of phones."""
    return sorted((body["phone"], body["message"][:8]) for _, body in sms_gateway.received)


def received(world: World, connection_id: str, kind: str) -> list[Any]:
    """The data of a type's events, each once, because clients drop events with a known id."""
    messages = {message["id"]: message["data"] for message in world.received(connection_id, kind)}
    return list(messages.values())


def test_a_route_from_the_plan_to_the_last_door(world: World, shop: Business, sms_gateway: SmsGateway) -> None:
    api = world.api
    second = customer(shop.tenant, name="李先生", phone="+886912000222", address="臺北市信義區2號")
    buyer = user(shop.tenant, "customer", customer_id=second.id)
    office, phone, home = world.connect(shop.staff), world.connect(shop.driver_user), world.connect(buyer)
    near = confirmed(api, shop, PLACES[0])
    far = confirmed(api, shop, PLACES[4], customer_id=second.id)
    world.deliver()
    world.deliver()
    assert texts(sms_gateway) == [("+886912000222", "您的瓦斯訂單 O"), ("+886912345678", "您的瓦斯訂單 O")]

    answer = plan(api, shop, [near, far])
    assert answer.status == 201, answer.body
    route = done(api, shop, answer.body, "assign", driver_id=shop.driver.id)
    world.deliver()
    for listener in (office, phone):
        (before,) = world.received(listener, "route_assigned")
        known = {key: before["data"][key] for key in ("route_id", "driver_id", "total_stops")}
        assert known == {"route_id": route["id"], "driver_id": shop.driver.id, "total_stops": 2}
    assert [each["data"]["status"] for each in world.received(office, "route_updated")] == ["planned"]

    assert api.post(f"/v1/routes/{route['id']}/start", {}, as_=shop.driver_user).status == 200
    world.deliver(times=2)
    world.deliver()
    assert [order(api, shop, each)["status"] for each in (near, far)] == ["delivering"] * 2

    clock = Clock(world, shop)
    clock.at(PLACES[0], 600, speed=7)
    assert [order(api, shop, each)["status"] for each in (near, far)] == ["arriving", "delivering"]
    for _ in range(5):
        clock.at(PLACES[0], 10, speed=0)
    assert order(api, shop, near)["status"] == "arrived"
    assert api.post(f"/v1/orders/{near}/status", {"status": "delivered"}, as_=shop.driver_user).status == 200
    # The second door is the next stop now, fourteen minutes away.
    clock.at(PLACES[0], -300, speed=7)
    assert order(api, shop, far)["status"] == "arriving"
    shown = api.get(f"/v1/routes/{route['id']}", as_=shop.driver_user).body
    assert [stop["eta"] is None for stop in shown["stops"]] == [True, False], "who has theirs waits for nobody"
    assert shown["eta_at"] == clock.last
    assert api.post(f"/v1/orders/{far}/status", {"status": "delivered"}, as_=shop.driver_user).status == 200
    done(api, shop, route, "complete")
    world.deliver(times=2)
    world.deliver()

    changes = [(each["order_id"], each["status"]) for each in received(world, office, "order_status_changed")]
    way = ["confirmed", "assigned", "delivering", "arriving"]
    assert [status for order_id, status in changes if order_id == near] == [*way, "arrived", "delivered"]
    assert [status for order_id, status in changes if order_id == far] == [*way, "delivered"]
    assert [each["status"] for each in received(world, home, "delivery_update")] == [*way, "delivered"]
    steps = [each["status"] for each in received(world, office, "route_updated")]
    assert steps == ["planned", "in_progress", "completed"]
    words = ["您的瓦斯即將送達", "您的瓦斯訂單 O", "您的瓦斯訂單 O"]
    assert texts(sms_gateway) == [
        *(("+886912000222", word) for word in words),
        *(("+886912345678", word) for word in words),
    ]
    attempts = api.get("/v1/deliveries", as_=shop.staff).body["items"]
    assert {(each["order_id"], each["outcome"]) for each in attempts} == {(near, "delivered"), (far, "delivered")}
    assert all(each["eta"] for each in attempts)


def test_a_door_that_was_left_before_the_phone_could_tell_of_it(world: World, shop: Business) -> None:
    api = world.api
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    done(api, shop, route, "start")
    world.deliver()
    moment = now()
    fixes = [
        {**PLACES[0], "timestamp": wire(moment - timedelta(seconds=103 - 3 * n)), "speed": 0} for n in range(33)
    ]
    fixes.append({**PLACES[0], "latitude": PLACES[0]["latitude"] + 150 / 111_195, "timestamp": wire(moment)})
    answer = api.post("/v1/drivers/me/location", fixes, as_=shop.driver_user)
    assert answer.body == {"accepted": 34, "ignored": 0}
    world.deliver(times=2)
    first, second = (order(api, shop, each)["status"] for each in orders_of(route))
    assert (first, second) == ("arrived", "arriving")


def test_an_order_that_comes_on_the_way_goes_out_and_one_that_is_taken_off_fails(
    world: World, shop: Business
) -> None:
    api = world.api
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    done(api, shop, route, "start")
    world.deliver()
    gone, stays = orders_of(route)
    comes = confirmed(api, shop, PLACES[4])
    version = api.get(f"/v1/routes/{route['id']}", as_=shop.staff).body["version"]
    body = {"stops": [{"order_id": each} for each in (stays, comes)], "version": version}
    assert api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=shop.staff).status == 200
    world.deliver(times=2)
    statuses = {each: order(api, shop, each)["status"] for each in (gone, stays, comes)}
    assert statuses == {gone: "failed", stays: "delivering", comes: "delivering"}
    assert order(api, shop, gone)["history"][-1]["reason"] == "taken off the route"
    again = api.post(f"/v1/orders/{gone}/status", {"status": "confirmed"}, as_=shop.staff)
    assert (again.body["driver_id"], again.body["route_id"]) == (None, None)


def test_a_driver_who_loses_a_route_receives_that_event_and_no_later_one(world: World, shop: Business) -> None:
    api, (other_user, other) = world.api, shop.drivers[1]
    first, second = world.connect(shop.driver_user), world.connect(other_user)
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    world.deliver()
    channel = f"route:{route['id']}"
    world.send(second, {"type": "subscribe", "channel": channel})
    world.send(first, {"type": "subscribe", "channel": channel})
    assert world.received(second, "error")[0]["code"] == "not_found"
    assert world.received(first, "subscribed")[0]["channel"] == channel
    done(api, shop, route, "assign", driver_id=other.id)
    world.deliver()
    for listener in (first, second):
        assert world.received(listener, "route_assigned")[-1]["data"]["driver_id"] == other.id
    assert [each["channel"] for each in world.received(first, "unsubscribed") if each["channel"] == channel] == [
        channel
    ]
    world.send(second, {"type": "subscribe", "channel": channel})
    assert world.received(second, "subscribed")[0]["channel"] == channel


def test_subscribing_while_losing_a_route_does_not_stay_subscribed(world: World, shop: Business) -> None:
    api, (_, other) = world.api, shop.drivers[1]
    first = world.connect(shop.driver_user)
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    world.deliver()
    channel = f"route:{route['id']}"
    events = aws.client("dynamodb").meta.events
    races = [True]

    def meanwhile(**_: Any) -> None:
        if races and races.pop():
            done(api, shop, route, "assign", driver_id=other.id)
            world.follow("routes", world.take("routes"))

    # Once it is known that the driver may, and before the watch is written.
    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    try:
        world.send(first, {"type": "subscribe", "channel": channel})
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", meanwhile)
    assert not races
    assert world.received(first)[-1]["code"] == "not_found"
    assert not list(Subscription.query(channel_key(shop.tenant.id, channel)))


def test_deliveries_start_also_while_no_event_can_be_sent(world: World, shop: Business) -> None:
    api = world.api
    office = world.connect(shop.staff)
    world.deliver()
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    world.deliver()
    done(api, shop, route, "start")
    world.gateway.answer(office, 0)
    world.functions.refusing = True
    with pytest.raises(ExceptionGroup):
        world.follow("routes", world.take("routes"))
    assert [order(api, shop, each)["status"] for each in orders_of(route)] == ["delivering"] * 2


def test_routes_follow_drivers_also_while_no_event_can_be_sent(world: World, shop: Business) -> None:
    api = world.api
    office = world.connect(shop.staff)
    other = delivery_business()
    elsewhere = world.connect(other.staff)
    route = done(api, shop, planned(api, shop), "assign", driver_id=shop.driver.id)
    done(api, shop, route, "start")
    world.deliver()
    world.gateway.answer(office, 0)
    for business in (shop, other):
        body = {**PLACES[0], "timestamp": wire(now())}
        assert api.post("/v1/drivers/me/location", body, as_=business.driver_user).body["accepted"] == 1
    world.follow("driver_positions", world.take("driver_positions"))
    assert order(api, shop, orders_of(route)[0])["status"] == "arriving"
    assert len(world.received(elsewhere, "driver_location")) == 1
    track = api.get(f"/v1/drivers/{shop.driver.id}/track", as_=shop.staff).body
    assert len(track["points"]) == 1


def test_a_quiet_route_sends_no_event_until_its_driver_starts(world: World, shop: Business) -> None:
    api, office = world.api, world.connect(shop.staff)
    orders = [confirmed(api, shop, place) for place in PLACES[:2]]
    world.deliver()
    before = len(world.received(office, "order_status_changed"))
    quiet = RequestContext(
        Principal(shop.tenant.id, "delivery", "u", "office_staff", "s", 0), "seed", now(), notify=False
    )
    draft = RouteDraft(date=quiet.now.date(), stops=[StopDraft(order_id=each) for each in orders])
    route = create_route(quiet, shop.tenant, draft)
    assign_route(quiet, route.id, RouteAssignDraft(driver_id=shop.driver.id))
    world.deliver(times=2)
    assert [order(api, shop, each)["status"] for each in orders] == ["assigned"] * 2
    assert len(world.received(office, "order_status_changed")) == before
    assert world.received(office, "route_assigned") + world.received(office, "route_updated") == []
    done(api, shop, {"id": route.id}, "start")
    world.deliver()
    world.deliver()
    assert [each["data"]["status"] for each in world.received(office, "route_updated")] == ["in_progress"]
    assert [each["status"] for each in received(world, office, "order_status_changed")[before:]] == [
        "delivering"
    ] * 2
