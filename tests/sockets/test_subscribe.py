"""Subscribing and unsubscribing, replays, and permissions."""

from typing import Any

import pytest

from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection, Subscription
from tests import factories
from tests.calls import counted_calls
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.world import World


def sent(world: World, connection_id: str, message: Any) -> dict[str, Any]:
    """The answer proper to a message: the last one."""
    world.send(connection_id, message)
    answer: dict[str, Any] = world.received(connection_id)[-1]
    return answer


def subscribe(world: World, connection_id: str, channel: str, **values: Any) -> dict[str, Any]:
    return sent(world, connection_id, {"type": "subscribe", "channel": channel, **values})


def cursors(world: World, connection_id: str) -> dict[str, Any]:
    heartbeat = sent(world, connection_id, {"type": "heartbeat"})
    found: dict[str, Any] = heartbeat["cursors"]
    return found


def test_the_welcome_has_each_channels_cursor(world: World, gas: Business) -> None:
    new_order(world, gas)
    world.deliver()
    connection_id = world.connect(gas.staff)
    world.deliver()
    (welcome,) = world.received(connection_id)
    own = f"user:{gas.staff.id}"
    cursors = {"orders": 1, "drivers": 0, "routes": 0, "customers": 0, "system": 0, own: 0}
    assert welcome["data"]["cursors"] == cursors
    assert len(set(welcome["data"]["epochs"].values())) == 6


def test_events_carry_the_cursors_of_the_listeners_channels(world: World, gas: Business) -> None:
    office, driver = world.connect(gas.staff), world.connect(gas.driver_user)
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    step(world, gas, order["id"], "assigned")
    world.deliver()
    events = [message for message in world.received(office) if message["type"].startswith("order")]
    assert [message["cursors"] for message in events] == [{"orders": n} for n in (1, 2, 3)]
    (assigned,) = world.received(driver, "order_status_changed")
    assert assigned["cursors"] == {f"driver:{gas.driver.id}": 1}


def test_subscribe_replays_missed_events_in_order_and_then_confirms(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    world.deliver()
    office = world.connect(gas.staff)
    for status in ("confirmed", "assigned", "delivering"):
        step(world, gas, order["id"], status)
    world.deliver()
    before = len(world.received(office))
    answer = subscribe(world, office, f"order:{order['id']}", since=1, ref="r")
    *replayed, last = world.received(office)[before:]
    assert last == answer
    assert [message["data"]["status"] for message in replayed] == ["confirmed", "assigned", "delivering"]
    assert [message["cursors"] for message in replayed] == [{f"order:{order['id']}": n} for n in (2, 3, 4)]
    assert (answer["type"], answer["cursor"], answer["recovered"], answer["replayed"], answer["ref"]) == (
        "subscribed",
        4,
        True,
        3,
        "r",
    )
    step(world, gas, order["id"], "arriving")
    world.deliver()
    assert world.received(office)[-1]["cursors"] == {"orders": 5, f"order:{order['id']}": 5}


def test_without_a_cursor_nothing_is_replayed_and_nothing_is_claimed(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    world.deliver()
    office = world.connect(gas.staff)
    answer = subscribe(world, office, f"order:{order['id']}")
    assert (answer["cursor"], answer["recovered"], answer["replayed"]) == (1, False, 0)


@pytest.mark.parametrize("values", [{"since": 0, "epoch": "another"}, {"since": 9}])
def test_a_client_that_missed_too_much_gets_recovered_false(
    world: World, gas: Business, values: dict[str, Any]
) -> None:
    new_order(world, gas)
    world.deliver()
    answer = subscribe(world, world.connect(gas.staff), "orders", **values)
    assert (answer["type"], answer["recovered"], answer["replayed"]) == ("subscribed", False, 0)


def test_subscribe_with_a_replay_costs_three_calls(world: World, gas: Business) -> None:
    for _ in range(5):
        new_order(world, gas)
    world.deliver()
    office = world.connect(gas.staff)
    # Reads the revocations.
    assert subscribe(world, office, "system")["type"] == "subscribed"
    Connection(office).update([Connection.next_message_at.set(0)])
    with counted_calls() as calls:
        assert subscribe(world, office, "orders", since=0)["replayed"] == 5
    assert calls == {"dynamodb.UpdateItem": 1, "dynamodb.TransactWriteItems": 1, "dynamodb.Query": 1}


def test_a_heartbeat_shows_lost_events(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.gateway.answer(office, 403)
    new_order(world, gas)
    world.deliver()
    world.gateway.answer(office, 200)
    assert cursors(world, office)["orders"] == 1
    assert subscribe(world, office, "orders", since=0)["replayed"] == 1


def test_a_heartbeat_shows_which_log_each_cursor_belongs_to(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.deliver()
    (welcome,) = world.received(office, "connected")
    assert sent(world, office, {"type": "heartbeat"})["epochs"] == welcome["data"]["epochs"]


def test_a_log_that_restarts_under_an_open_connection_shows_in_a_heartbeat(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    new_order(world, gas)
    world.deliver()
    before = sent(world, office, {"type": "heartbeat"})
    ChannelLog(f"{gas.tenant.id}#orders", 0).delete()
    after = sent(world, office, {"type": "heartbeat"})
    assert after["cursors"]["orders"] < before["cursors"]["orders"]
    assert after["epochs"]["orders"] != before["epochs"]["orders"]
    epoch = before["epochs"]["orders"]
    assert subscribe(world, office, "orders", since=1, epoch=epoch)["recovered"] is False


def test_unsubscribe_ends_it_and_may_be_repeated(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    for _ in range(2):
        assert sent(world, office, {"type": "unsubscribe", "channel": "orders"})["type"] == "unsubscribed"
    new_order(world, gas)
    world.deliver()
    assert world.received(office, "order_created") == []
    assert "orders" not in cursors(world, office)


def test_staff_watch_all_channels_of_their_tenant(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    office = world.connect(gas.staff)
    for channel in ("orders", f"order:{order['id']}", f"driver:{gas.driver.id}", "route:r1", "user:u1"):
        assert subscribe(world, office, channel)["type"] == "subscribed"


def test_others_watch_their_own_and_nothing_else(world: World, gas: Business, restaurant: Business) -> None:
    mine, foreign = new_order(world, gas), new_order(world, restaurant)
    step(world, gas, mine["id"], "confirmed")
    step(world, gas, mine["id"], "assigned")
    assert gas.customer_user is not None
    other_driver = gas.drivers[1][1]
    driver, customer = world.connect(gas.driver_user), world.connect(gas.customer_user)
    for connection_id, own in (
        (driver, f"driver:{gas.driver.id}"),
        (driver, f"order:{mine['id']}"),
        (customer, f"user:{gas.customer_user.id}"),
        (customer, f"order:{mine['id']}"),
    ):
        assert subscribe(world, connection_id, own)["type"] == "subscribed", own
    for connection_id, channel, code in (
        (driver, "orders", "channel_forbidden"),
        (driver, "drivers", "channel_forbidden"),
        (driver, f"driver:{other_driver.id}", "channel_forbidden"),
        (driver, f"user:{gas.staff.id}", "channel_forbidden"),
        (driver, f"order:{foreign['id']}", "not_found"),
        (customer, "customers", "channel_forbidden"),
        (customer, f"driver:{gas.driver.id}", "channel_forbidden"),
        (customer, "order:nothing", "not_found"),
        (customer, "", "invalid"),
        (customer, "orders:1", "invalid"),
        (customer, "order:a b", "invalid"),
        (customer, "ORDERS", "invalid"),
    ):
        before = len(list(Subscription.scan()))
        answer = subscribe(world, connection_id, channel)
        assert (answer["type"], answer["code"]) == ("error", code), channel
        assert len(list(Subscription.scan())) == before


def test_no_subscription_reaches_into_another_tenant(world: World, gas: Business, restaurant: Business) -> None:
    spy = world.connect(restaurant.staff, format="standard")
    order = new_order(world, gas)
    assert subscribe(world, spy, f"order:{order['id']}")["code"] == "not_found"
    assert subscribe(world, spy, f"user:{gas.staff.id}")["type"] == "subscribed"
    step(world, gas, order["id"], "confirmed")
    world.deliver()
    assert [message for message in world.received(spy) if message["type"].startswith("order")] == []


def test_a_driver_who_loses_an_order_stops_receiving_its_events(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    step(world, gas, order["id"], "assigned")
    world.deliver()
    driver = world.connect(gas.driver_user)
    channel = f"order:{order['id']}"
    subscribe(world, driver, channel)
    body = {"driver_id": gas.drivers[1][1].id, "notify": False}
    world.api.post(f"/v1/orders/{order['id']}/assign", body, as_=gas.staff)
    world.deliver(times=2)
    (received,) = world.received(driver, "unsubscribed")
    assert (received["channel"], received["code"]) == (channel, "access_lost")
    step(world, gas, order["id"], "delivering")
    world.deliver()
    assert world.received(driver, "order_status_changed") == []
    assert subscribe(world, driver, channel)["code"] == "not_found"


def test_a_driver_who_has_an_order_back_keeps_it_however_late_its_loss_is_read(
    world: World, gas: Business
) -> None:
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    step(world, gas, order["id"], "assigned")
    world.deliver()

    def assign(driver_id: str) -> None:
        body = {"driver_id": driver_id, "notify": False}
        assert world.api.post(f"/v1/orders/{order['id']}/assign", body, as_=gas.staff).status == 200

    assign(gas.drivers[1][1].id)
    lost = world.take("orders")
    assign(gas.driver.id)
    world.deliver()
    driver = world.connect(gas.driver_user)
    channel = f"order:{order['id']}"
    assert subscribe(world, driver, channel)["type"] == "subscribed"
    world.follow("orders", lost)
    assert world.received(driver, "unsubscribed") == []
    step(world, gas, order["id"], "delivering")
    world.deliver()
    assert world.received(driver, "order_status_changed") != []


def test_a_connection_watches_128_channels_and_no_more(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    row = Connection.get(office)
    row.channels = {f"user:{n}" for n in range(127)}
    row.save()
    assert subscribe(world, office, "user:one-more")["type"] == "subscribed"
    answer = subscribe(world, office, "user:too-many")
    assert (answer["type"], answer["code"]) == ("error", "too_many_channels")
    assert subscribe(world, office, "user:one-more")["type"] == "subscribed"


def test_replays_come_in_the_connections_own_format(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    world.deliver()
    old_app = world.connect(gas.staff, format="flat")
    before = len(world.received(old_app))
    subscribe(world, old_app, "orders", since=0)
    types = [message["type"] for message in world.received(old_app)[before:]]
    assert types == ["order.created", "order.updated", "subscribed"]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "subscribe"}, "channel"),
        ({"type": "subscribe", "channel": 7}, "channel"),
        ({"type": "subscribe", "channel": "orders", "since": -1}, "since"),
        ({"type": "subscribe", "channel": "orders", "since": "1"}, "since"),
        ({"type": "unsubscribe"}, "channel"),
        ({"type": "order_update", "order_id": "x"}, "status"),
        ({"type": "authenticate"}, "token"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(
    world: World, gas: Business, message: dict[str, Any], field: str
) -> None:
    answer = sent(world, world.connect(gas.staff), message)
    assert (answer["type"], answer["code"]) == ("error", "invalid")
    assert answer["errors"][0]["field"] == field


def test_a_user_of_another_role_gets_their_channels(world: World, gas: Business) -> None:
    boss = factories.user(gas.tenant, "admin")
    assert set(cursors(world, world.connect(boss))) >= {"orders", "system"}
