"""Messages to one user: stored while the user is offline, delivered after the welcome, until `seen`."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.sessions import open_session
from chalicelib.clock import epoch, now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.models.user import User
from chalicelib.realtime import broadcast, log
from chalicelib.realtime.events import Event
from tests.calls import before_call, counted_calls, running_as
from tests.factories import Business, store_messages
from tests.models.damage import damage_item, of_another_type
from tests.sockets.test_subscribe import said
from tests.world import World

# Of `connections_stream` to DynamoDB; those that make the welcome are the first.
CALLS_OF_A_WELCOME = 7


def send(world: World, business: Business, user: User, *contents: str) -> None:
    """Personal messages of the office, through their stream."""
    for content in contents:
        body = {"type": "personal_message", "data": {"content": content}}
        assert world.api.post(f"/v1/realtime/users/{user.id}/send", body, as_=business.staff).status == 202
    world.deliver()


def connect(world: World, token: str, **query: str) -> str:
    """A connection that has its welcome."""
    connection_id = world.connect_with(token, **query)
    world.deliver()
    return connection_id


def contents(world: World, connection_id: str) -> list[str]:
    """The personal messages that a connection has received, in their order."""
    messages = world.heard(connection_id, "personal_message")
    return [message.get("data", message)["content"] for message in messages]


def welcome(world: World, connection_id: str) -> dict[str, Any]:
    (message,) = world.heard(connection_id, "connected")
    data: dict[str, Any] = message["data"]
    return data


def seen(world: World, connection_id: str, user: User, cursor: int, **values: Any) -> dict[str, Any]:
    return said(world, connection_id, {"type": "seen", "channel": f"user:{user.id}", "cursor": cursor, **values})


def heartbeat(world: World, connection_id: str, *, seconds: int = 30) -> None:
    """A heartbeat so many seconds after the one before."""
    row = Connection.get(connection_id)
    past = [Connection.next_message_at.set(0)]
    if row.answered_at is not None:
        past.append(Connection.answered_at.set(Connection.answered_at - seconds))
    row.update(past)
    assert said(world, connection_id, {"type": "heartbeat"})["type"] == "heartbeat"


@pytest.fixture
def driver(gas: Business) -> User:
    return gas.driver_user


def other_device(business: Business, user: User) -> str:
    """A token of one more session."""
    return open_session(business.tenant, user, signed_in_at=now(), now=now()).access_token


# Delivery


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_messages_of_an_offline_user_come_after_the_welcome_in_order_and_in_every_format(
    world: World, gas: Business, driver: User, format_: str
) -> None:
    send(world, gas, driver, "一", "二", "三")
    connection_id = connect(world, world.api.token(driver), format=format_)
    welcome, *messages = world.heard(connection_id)
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
    beat = said(world, office, {"type": "heartbeat"})
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
    (update,) = world.heard(phone, "delivery.update")
    assert (update["status"], update["cursors"]) == ("driver_arrived", {channel: 1})
    kitchen = connect(world, world.api.token(gas.customer_user), format="restaurant")
    assert len(world.heard(kitchen)) == 1, "the format has no word for it"


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
    first, second = world.heard(connection_id, "personal_message")
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
    """Whichever call to DynamoDB it comes before: it is live, or stored, or both."""
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
    assert len(world.heard(quick, "connected")) == 1
    assert world.heard(slow) == [], "`fan_out` posts to this one"
    world.deliver_chunks()
    assert world.heard(slow)[0]["type"] == "connected"
    assert contents(world, slow) == [str(number) for number in range(1, 41)]


def test_large_messages_end_at_5_mb_and_the_rest_is_found_by_subscribing(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 60, text="x" * 100_000)
    connection_id = connect(world, world.api.token(driver))
    received = world.heard(connection_id, "personal_message")
    assert 40 < len(received) < 60
    since = len(received)
    answer = said(world, connection_id, {"type": "subscribe", "channel": f"user:{driver.id}", "since": since})
    assert (answer["recovered"], answer["replayed"]) == (True, 60 - since)


def test_messages_of_a_week_can_be_resumed_and_other_channels_for_a_day(
    world: World, gas: Business, driver: User
) -> None:
    store_messages(driver.tenant_id, driver.id, 1, at=now() - timedelta(days=6))
    office = connect(world, world.api.token(gas.staff))
    answer = said(world, office, {"type": "subscribe", "channel": f"user:{driver.id}", "since": 0})
    assert (answer["recovered"], answer["replayed"]) == (True, 1)
    event = Event(id="s", type="x", tenant_id=gas.tenant.id, channels=("system",), data={}, timestamp="")
    log.append([event], now=lambda: now() - timedelta(hours=25))
    assert said(world, office, {"type": "subscribe", "channel": "system", "since": 0})["recovered"] is False


def test_whoever_has_seen_everything_costs_one_more_read_at_connect(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 2)
    token = world.api.token(driver)
    seen(world, connect(world, token), driver, 2)
    world.connect_with(token)
    with counted_calls() as calls:
        world.follow("connections", world.take("connections"))
    # The heads, the read cursors, and who it is; the user's other connections.
    assert calls == {"dynamodb.BatchGetItem": 3, "dynamodb.Query": 1}


# `seen`


def test_seen_never_moves_back_and_may_be_repeated(world: World, gas: Business, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 5)
    phone = connect(world, world.api.token(driver))
    channel = f"user:{driver.id}"
    assert seen(world, phone, driver, 3, ref=7) == {
        "type": "seen_accepted",
        "channel": channel,
        "cursor": 3,
        "ref": 7,
    }
    assert [seen(world, phone, driver, cursor)["cursor"] for cursor in (3, 1, 0, 4, 4)] == [3, 3, 3, 4, 4]


def test_seen_beyond_the_logs_end_is_its_end(world: World, driver: User) -> None:
    phone = connect(world, world.api.token(driver))
    assert seen(world, phone, driver, 9)["cursor"] == 0
    store_messages(driver.tenant_id, driver.id, 2)
    assert seen(world, phone, driver, 9)["cursor"] == 2
    store_messages(driver.tenant_id, driver.id, 1)
    assert contents(world, connect(world, world.api.token(driver))) == ["3"]


def test_seen_of_another_epoch_is_ignored_and_a_log_that_restarted_begins_anew(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 4)
    phone = connect(world, world.api.token(driver))
    old = welcome(world, phone)["epochs"][f"user:{driver.id}"]
    assert seen(world, phone, driver, 2, epoch="another")["cursor"] == 0
    assert seen(world, phone, driver, 3, epoch=old)["cursor"] == 3
    key = f"{driver.tenant_id}#user:{driver.id}"
    ChannelLog(key, 0).delete()
    store_messages(driver.tenant_id, driver.id, 2)
    tablet = connect(world, world.api.token(driver))
    assert welcome(world, tablet)["seen"] == {f"user:{driver.id}": 0}
    assert seen(world, phone, driver, 4, epoch=old)["cursor"] == 0
    assert seen(world, phone, driver, 1)["cursor"] == 1
    assert seen(world, phone, driver, 2)["cursor"] == 2


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("user:another", "channel_forbidden"),
        ("orders", "channel_forbidden"),
        ("order:1", "channel_forbidden"),
        ("users", "invalid"),
        ("user:a b", "invalid"),
        ("", "invalid"),
        (7, "invalid"),
    ],
)
def test_seen_is_for_the_channel_of_ones_own_messages(
    world: World, gas: Business, channel: str, code: str
) -> None:
    for who in (gas.staff, gas.driver_user):
        phone = connect(world, world.api.token(who))
        answer = said(world, phone, {"type": "seen", "channel": channel, "cursor": 1})
        assert (answer["type"], answer["code"]) == ("error", code)
    assert ReadCursor.count() == 0


@pytest.mark.parametrize("cursor", [-1, 1.5, "1", None, 2**60])
def test_a_cursor_that_is_none_is_refused(world: World, driver: User, cursor: Any) -> None:
    phone = connect(world, world.api.token(driver))
    answer = said(world, phone, {"type": "seen", "channel": f"user:{driver.id}", "cursor": cursor})
    assert answer["code"] == "invalid"


def test_a_drivers_id_is_not_a_users_id(world: World, gas: Business) -> None:
    phone = connect(world, world.api.token(gas.driver_user))
    answer = said(world, phone, {"type": "seen", "channel": f"user:{gas.driver.id}", "cursor": 1})
    assert answer["code"] == "channel_forbidden"


@pytest.mark.parametrize("name", ["cursor", "epoch"])
def test_an_unreadable_read_cursor_delivers_again_until_the_next_seen(
    world: World, driver: User, name: str
) -> None:
    store_messages(driver.tenant_id, driver.id, 2)
    phone = connect(world, world.api.token(driver))
    seen(world, phone, driver, 2)
    damage_item(ReadCursor, {"device": "seen"}, of_another_type, name)
    again = connect(world, world.api.token(driver))
    assert contents(world, again) == ["1", "2"]
    assert seen(world, again, driver, 1)["cursor"] == 1
    assert contents(world, connect(world, world.api.token(driver))) == ["2"]


def test_a_read_cursor_outlives_the_messages_that_it_covers(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 1)
    seen(world, connect(world, world.api.token(driver)), driver, 1)
    (row,) = ReadCursor.scan()
    message = ChannelLog.get(f"{driver.tenant_id}#user:{driver.id}", 1)
    assert row.expires_at > message.expires_at > epoch(now() + timedelta(days=6, hours=23))


# Clients that never send `seen`


def test_a_heartbeat_of_an_older_client_is_its_devices_receipt(world: World, gas: Business, driver: User) -> None:
    send(world, gas, driver, "一")
    phone, tablet = world.api.token(driver), other_device(gas, driver)
    connection_id = connect(world, phone)
    heartbeat(world, connection_id)
    assert contents(world, connect(world, phone)) == ["一"], "nothing acknowledges the first answer"
    heartbeat(world, connection_id)
    again = connect(world, phone)
    assert contents(world, again) == []
    assert welcome(world, again)["seen"] == {f"user:{driver.id}": 1}
    assert contents(world, connect(world, tablet)) == ["一"], "another device has not received it"
    send(world, gas, driver, "二")
    assert contents(world, connect(world, phone)) == ["二"]


def test_a_heartbeat_soon_after_the_one_before_is_no_receipt_yet(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 1)
    phone = world.api.token(driver)
    connection_id = connect(world, phone)
    for _ in range(3):
        heartbeat(world, connection_id, seconds=8)
    assert contents(world, connect(world, phone)) == ["1"]
    heartbeat(world, connection_id, seconds=8)
    heartbeat(world, connection_id, seconds=8)
    assert contents(world, connect(world, phone)) == []


def test_what_came_after_the_heartbeat_before_is_not_received_yet(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 1)
    phone = world.api.token(driver)
    connection_id = connect(world, phone)
    heartbeat(world, connection_id)
    store_messages(driver.tenant_id, driver.id, 1)
    heartbeat(world, connection_id)
    assert contents(world, connect(world, phone)) == ["2"]


def test_a_heartbeat_of_a_client_that_sends_seen_counts_for_nothing(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 2)
    phone = world.api.token(driver)
    connection_id = connect(world, phone)
    assert seen(world, connection_id, driver, welcome(world, connection_id)["seen"][f"user:{driver.id}"])
    for _ in range(3):
        heartbeat(world, connection_id)
    assert contents(world, connect(world, phone)) == ["1", "2"]


def test_heartbeats_of_two_logs_do_not_add_up(world: World, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 1)
    phone = world.api.token(driver)
    connection_id = connect(world, phone)
    heartbeat(world, connection_id)
    ChannelLog(f"{driver.tenant_id}#user:{driver.id}", 0).delete()
    store_messages(driver.tenant_id, driver.id, 1)
    heartbeat(world, connection_id)
    assert contents(world, connect(world, phone)) == ["1"]


def test_heartbeats_write_only_where_the_channel_has_moved(world: World, gas: Business, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 1)
    office, connection_id = connect(world, world.api.token(gas.staff)), connect(world, world.api.token(driver))
    for _ in range(2):
        heartbeat(world, connection_id)
    for silent in (office, connection_id):
        Connection.get(silent).update([Connection.next_message_at.set(0)])
        with counted_calls() as calls:
            said(world, silent, {"type": "heartbeat"})
        assert calls == {"dynamodb.UpdateItem": 1, "dynamodb.BatchGetItem": 1}


# Over HTTPS


def test_a_client_that_polls_says_over_https_what_was_seen(world: World, gas: Business, driver: User) -> None:
    store_messages(driver.tenant_id, driver.id, 3)
    channel = f"user:{driver.id}"
    for cursor, stored in ((2, 2), (1, 2), (9, 3)):
        answer = world.api.post("/v1/realtime/seen", {"channel": channel, "cursor": cursor}, as_=driver)
        assert (answer.status, answer.body["channel"], answer.body["cursor"]) == (200, channel, stored)
    body = {"channel": channel, "cursor": 1, "epoch": answer.body["epoch"]}
    assert world.api.post("/v1/realtime/seen", body, as_=driver).body == answer.body
    refused = world.api.post("/v1/realtime/seen", body, as_=gas.staff)
    assert (refused.status, refused.body["code"]) == (403, "channel_forbidden")
    assert contents(world, connect(world, world.api.token(driver))) == []
