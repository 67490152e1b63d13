"""Messages to one user: stored while the user is offline, delivered after the welcome."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.user import User
from chalicelib.realtime import broadcast, log
from chalicelib.realtime.events import Event
from tests.calls import before_call, counted_calls, running_as
from tests.factories import Business, store_messages
from tests.inboxes import connect, contents, other_device, seen, send, welcome
from tests.sockets.test_subscribe import sent
from tests.world import World

# Calls of `connections_stream` to DynamoDB; the first ones make the welcome.
CALLS_OF_A_WELCOME = 7


@pytest.fixture
def driver(gas: Business) -> User:
    return gas.driver_user


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_messages_of_an_offline_user_come_after_the_welcome_in_order_and_in_every_format(
    world: World, gas: Business, driver: User, format_: str
) -> None:
    send(world, gas, driver, "一", "二", "三")
    connection_id = connect(world, world.api.token(driver), format=format_)
    welcome, *messages = world.received(connection_id)
    channel = f"user:{driver.id}"
    assert welcome.get("data", welcome)["seen"] == {channel: 0}
    assert welcome.get("data", welcome)["cursors"][channel] == 3
    assert contents(world, connection_id) == ["一", "二", "三"]
    assert [message["cursors"] for message in messages] == [{channel: 1}, {channel: 2}, {channel: 3}]
    assert len({message["id"] for message in messages}) == 3


def test_staff_receive_theirs_and_learn_where_that_log_ends(world: World, gas: Business) -> None:
    send(world, gas, gas.admin, "請回電")
    office = connect(world, world.api.token(gas.admin))
    channel = f"user:{gas.admin.id}"
    assert contents(world, office) == ["請回電"]
    data = welcome(world, office)
    assert (data["seen"], data["cursors"][channel]) == ({channel: 0}, 1)
    beat = sent(world, office, {"type": "heartbeat"})
    assert beat["cursors"][channel] == 1
    assert beat["epochs"][channel] == data["epochs"][channel]


def test_the_customers_delivery_updates_are_stored_too(world: World, gas: Business) -> None:
    assert gas.customer_user is not None
    channel = f"user:{gas.customer_user.id}"
    data = {"order_id": "o", "order_number": "n", "status": "arrived"}
    log.append(
        [
            Event(
                id="d",
                type="delivery_update",
                tenant_id=gas.tenant.id,
                channels=(channel,),
                data=data,
                timestamp="2026-11-22T04:00:00.000Z",
            )
        ]
    )
    phone = connect(world, world.api.token(gas.customer_user), format="flat")
    (update,) = world.received(phone, "delivery.update")
    assert (update["status"], update["cursors"]) == ("driver_arrived", {channel: 1})
    kitchen = connect(world, world.api.token(gas.customer_user), format="restaurant")
    assert len(world.received(kitchen)) == 1, "the format has no word for it"


def test_each_device_gets_them_until_one_has_sent_seen(world: World, gas: Business, driver: User) -> None:
    send(world, gas, driver, "一", "二")
    phone, tablet = world.api.token(driver), other_device(gas, driver)
    first, second = connect(world, phone), connect(world, tablet)
    assert contents(world, first) == contents(world, second) == ["一", "二"]
    assert contents(world, connect(world, phone)) == ["一", "二"], "a reload before they were dismissed"
    assert seen(world, first, driver, 1)["cursor"] == 1
    assert contents(world, connect(world, tablet)) == ["二"]
    assert welcome(world, connect(world, phone))["seen"] == {f"user:{driver.id}": 1}
    seen(world, second, driver, 2)
    assert contents(world, connect(world, phone)) == []


def test_a_repeated_record_of_a_connection_repeats_the_same_messages(
    world: World, gas: Business, driver: User
) -> None:
    send(world, gas, driver, "一")
    connection_id = world.connect(driver)
    world.deliver(times=2)
    first, second = world.received(connection_id, "personal_message")
    assert first == second


def test_another_tenants_user_of_the_same_id_gets_nothing(
    world: World, gas: Business, restaurant: Business
) -> None:
    store_messages(restaurant.tenant.id, gas.driver_user.id, 1)
    assert contents(world, connect(world, world.api.token(gas.driver_user))) == []


@pytest.mark.parametrize("before", range(CALLS_OF_A_WELCOME))
def test_a_message_that_comes_while_the_welcome_is_made_is_not_missed(
    world: World, gas: Business, driver: User, before: int
) -> None:
    """Before any call to DynamoDB the event is delivered live, or stored, or both."""
    send(world, gas, driver, "一")
    connection_id = world.connect(driver)
    arrival = world.take("connections")
    event = Event(
        id="e",
        type="personal_message",
        tenant_id=driver.tenant_id,
        channels=(f"user:{driver.id}",),
        data={"content": "二"},
        timestamp="",
    )

    def publish() -> None:
        with running_as("announcements_stream"):
            broadcast.publish([event])

    with before_call(before, publish):
        world.follow("connections", arrival)
    assert set(contents(world, connection_id)) == {"一", "二"}


def test_events_that_are_over_or_cannot_be_read_or_are_of_a_log_before_are_left_out(
    world: World, driver: User
) -> None:
    channel, key = f"user:{driver.id}", f"{driver.tenant_id}#user:{driver.id}"
    store_messages(driver.tenant_id, driver.id, 2, at=now() - timedelta(days=7, minutes=1))
    store_messages(driver.tenant_id, driver.id, 3, at=now() - timedelta(days=6))
    ChannelLog.get(key, 4).update([ChannelLog.event.set(b"not compressed")])
    connection_id = connect(world, world.api.token(driver))
    assert contents(world, connection_id) == ["3", "5"]
    assert welcome(world, connection_id)["seen"] == {channel: 2}
    ChannelLog(key, 0, cursor=4, epoch="another").save()
    again = connect(world, world.api.token(driver))
    assert contents(world, again) == []
    assert welcome(world, again)["seen"] == {channel: 4}


def test_the_last_300_are_delivered(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 303)
    connection_id = connect(world, world.api.token(driver))
    assert contents(world, connection_id) == [str(number) for number in range(4, 304)]
    assert welcome(world, connection_id)["seen"] == {f"user:{driver.id}": 3}


def test_many_messages_of_one_user_do_not_delay_the_welcomes_of_others(
    world: World, gas: Business, driver: User
) -> None:
    store_messages(driver.tenant_id, driver.id, 40)
    slow, quick = world.connect(driver), world.connect(gas.staff)
    world.follow("connections", world.take("connections"))
    assert len(world.received(quick, "connected")) == 1
    assert world.received(slow) == [], "`fan_out` posts to this one"
    world.deliver_chunks()
    assert world.received(slow)[0]["type"] == "connected"
    assert contents(world, slow) == [str(number) for number in range(1, 41)]


def test_large_messages_end_at_5_mb_and_the_rest_is_found_by_subscribing(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 60, text="x" * 100_000)
    connection_id = connect(world, world.api.token(driver))
    received = world.received(connection_id, "personal_message")
    assert 40 < len(received) < 60
    since = len(received)
    answer = sent(world, connection_id, {"type": "subscribe", "channel": f"user:{driver.id}", "since": since})
    assert (answer["recovered"], answer["replayed"]) == (True, 60 - since)


def test_messages_of_a_week_can_be_resumed_and_other_channels_for_a_day(
    world: World, gas: Business, driver: User
) -> None:
    store_messages(driver.tenant_id, driver.id, 1, at=now() - timedelta(days=6))
    office = connect(world, world.api.token(gas.staff))
    answer = sent(world, office, {"type": "subscribe", "channel": f"user:{driver.id}", "since": 0})
    assert (answer["recovered"], answer["replayed"]) == (True, 1)
    event = Event(id="s", type="x", tenant_id=gas.tenant.id, channels=("system",), data={}, timestamp="")
    log.append([event], now=lambda: now() - timedelta(hours=25))
    assert sent(world, office, {"type": "subscribe", "channel": "system", "since": 0})["recovered"] is False


def test_connecting_with_everything_seen_costs_one_more_read(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 2)
    token = world.api.token(driver)
    seen(world, connect(world, token), driver, 2)
    world.connect_with(token)
    with counted_calls() as calls:
        world.follow("connections", world.take("connections"))
    # The heads, the read cursors, the user, and the user's other connections.
    assert calls == {"dynamodb.BatchGetItem": 3, "dynamodb.Query": 1}
