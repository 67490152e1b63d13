"""Trackers on the WebSocket: their subscriptions, their events, and when their access ends."""

import pytest

from chalicelib.core.clock import new_id, now, wire
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime.broadcast import deliver_all
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event, Stamped
from tests.factories import Business
from tests.visits import gas_order, move, subscribe, tracker
from tests.world import World

PRIVATE = ("王小姐", "912345678", "和平東路", "地墊", "customer_phone")


@pytest.fixture
def waiting(world: World, gas: Business) -> tuple[str, str]:
    """A tracker on the socket, and the order that its driver is bringing."""
    order = gas_order(world.api, gas, "confirmed", "assigned", "delivering")["id"]
    world.deliver()
    connection = world.connect_with(tracker(world.api, gas, order).token)
    world.deliver()
    return connection, order


def drive(gas: Business) -> None:
    """Publishes the driver's position to all subscribers."""
    data = {"driver_id": gas.driver.id, "latitude": 25.03, "longitude": 121.5, "speed": 8, "heading": 90}
    channels = ("drivers", f"driver:{gas.driver.id}")
    event = Event(
        id=new_id(),
        type="driver_location",
        tenant_id=gas.tenant.id,
        channels=channels,
        data=data,
        timestamp=wire(now()),
    )
    failures: dict[str, list[Exception]] = {}
    deliver_all({gas.tenant.id: [Stamped(event, {})]}, failures=failures)
    assert failures == {}


def test_a_tracker_watches_its_order_from_the_start(world: World, waiting: tuple[str, str]) -> None:
    connection, order = waiting
    [welcome] = world.received(connection, "connected")
    assert (welcome["data"]["channels"], welcome["data"]["role"]) == ([f"order:{order}"], "tracker")


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_a_tracker_receives_its_order_without_private_fields(world: World, gas: Business, format_: str) -> None:
    order = gas_order(world.api, gas, "confirmed")["id"]
    connection = world.connect_with(tracker(world.api, gas, order).token, format=format_)
    for status in ("assigned", "delivering", "delivered"):
        move(world.api, gas, order, status)
    world.api.patch(f"/v1/orders/{order}", {"notes": "地墊"}, as_=gas.staff)
    world.deliver()
    replayed = subscribe(world, connection, f"order:{order}", since=0)
    assert replayed["recovered"] is True
    received = world.received(connection)
    assert len(received) >= 4 + replayed["replayed"]
    assert not [secret for secret in (*PRIVATE[:4], gas.staff.id) if secret in str(received)]


def test_a_tracker_sees_its_driver_come_and_nothing_else_of_the_driver(
    world: World, gas: Business, waiting: tuple[str, str]
) -> None:
    connection, order = waiting
    assert subscribe(world, connection, f"driver:{gas.driver.id}")["type"] == "subscribed"
    drive(gas)
    assert world.received(connection, "driver_location")[0]["data"]["latitude"] == 25.03
    before = len(world.received(connection))
    other = gas_order(world.api, gas, "confirmed", "assigned", "delivering", "delivered")["id"]
    publish = {"channel": f"driver:{gas.driver.id}", "type": "call_customer", "data": {"phone": "0912345678"}}
    assert world.api.post("/v1/realtime/publish", publish, as_=gas.staff).status == 202
    world.deliver()
    assert len(world.received(connection)) == before, "another's order, and what the office tells the driver"
    answer = subscribe(world, connection, f"driver:{gas.driver.id}", since=0)
    received = [each for each in world.received(connection)[before:] if each["type"] != "subscribed"]
    assert answer["type"] == "subscribed"
    assert other not in str(world.received(connection))
    assert not received
    move(world.api, gas, order, "arriving")
    world.deliver()
    [step] = [
        each for each in world.received(connection, "order_status_changed") if each["data"]["status"] == "arriving"
    ]
    assert step["data"]["driver_id"] == gas.driver.id


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_the_drivers_position_is_taken_away_with_the_status(
    world: World, gas: Business, waiting: tuple[str, str], status: str
) -> None:
    connection, order = waiting
    channel = f"driver:{gas.driver.id}"
    other = world.connect_with(tracker(world.api, gas, gas_order(world.api, gas, *_DELIVERING)["id"]).token)
    office = world.connect(gas.staff)
    for each in (connection, other, office):
        assert subscribe(world, each, channel)["type"] == "subscribed"
    move(world.api, gas, order, status)
    world.deliver()
    [taken] = world.received(connection, "unsubscribed")
    assert (taken["channel"], taken["code"]) == (channel, "access_lost")
    drive(gas)
    assert not world.received(connection, "driver_location")
    assert world.received(other, "driver_location")
    assert world.received(office, "driver_location")
    assert subscribe(world, connection, channel)["code"] == "channel_forbidden"
    assert f"order:{order}" in (Connection.get(connection).channels or ())


_DELIVERING = ("confirmed", "assigned", "delivering")


def test_a_tracker_whose_order_gets_another_driver_loses_the_first(
    world: World, gas: Business, waiting: tuple[str, str]
) -> None:
    connection, order = waiting
    subscribe(world, connection, f"driver:{gas.driver.id}")
    for status in ("failed", "confirmed"):
        move(world.api, gas, order, status)
    body = {"driver_id": gas.drivers[1][1].id}
    assert world.api.post(f"/v1/orders/{order}/assign", body, as_=gas.staff).status == 200
    move(world.api, gas, order, "delivering")
    world.deliver()
    assert world.received(connection, "unsubscribed")
    assert subscribe(world, connection, f"driver:{gas.driver.id}")["code"] == "channel_forbidden"
    assert subscribe(world, connection, f"driver:{body['driver_id']}")["type"] == "subscribed"


def test_before_the_way_and_for_others_there_is_no_driver(world: World, gas: Business) -> None:
    order = gas_order(world.api, gas, "confirmed", "assigned")["id"]
    other = gas_order(world.api, gas)["id"]
    connection = world.connect_with(tracker(world.api, gas, order).token)
    for channel in (f"driver:{gas.driver.id}", f"driver:{gas.drivers[1][1].id}", "drivers", "orders", "system"):
        assert subscribe(world, connection, channel)["code"] == "channel_forbidden", channel
    for channel in (f"order:{other}", "order:none"):
        assert subscribe(world, connection, channel)["code"] == "not_found"
    for channel in ("customers", "routes", f"user:{gas.staff.id}", f"route:{order}"):
        assert subscribe(world, connection, channel)["code"] == "channel_forbidden", channel
    assert Connection.get(connection).channels == {f"order:{order}"}


def test_a_watch_written_while_access_was_taken_is_taken_back(
    world: World, gas: Business, waiting: tuple[str, str]
) -> None:
    from chalicelib.core.errors import Forbidden
    from chalicelib.realtime import subscriptions

    connection, order = waiting
    row, channel = Connection.get(connection), f"driver:{gas.driver.id}"
    subscriptions.watch(row, channel)
    move(world.api, gas, order, "delivered")
    with pytest.raises(Forbidden):
        subscriptions._check_still(row, channel)
    assert not list(Subscription.query(channel_key(gas.tenant.id, channel)))


def test_guests_move_no_orders(world: World, gas: Business, waiting: tuple[str, str]) -> None:
    connection, order = waiting
    for message in (
        {"type": "order_update", "order_id": order, "status": "delivered"},
        {"type": "order_update", "order_id": order, "status": "cancelled"},
        {"type": "delivery.confirmed", "order_id": order, "confirmation_type": "pin", "confirmed_at": wire(now())},
    ):
        world.send(connection, message)
        assert world.received(connection)[-1]["type"] == "error"
    assert world.api.get(f"/v1/orders/{order}", as_=gas.staff).body["status"] == "delivering"
