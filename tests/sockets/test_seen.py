"""`seen`: up to where the user has seen their own messages, over the socket and over HTTPS."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import epoch, now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.models.user import User
from tests.displays import display
from tests.factories import Business, store_messages
from tests.inboxes import connect, contents, seen, welcome
from tests.models.damage import damage_item, of_another_type
from tests.sockets.test_subscribe import sent
from tests.visits import gas_order, tracker
from tests.world import World


@pytest.fixture
def driver(gas: Business) -> User:
    return gas.driver_user


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


def test_seen_of_another_epoch_is_ignored_and_a_restarted_log_has_no_seen_events(
    world: World, driver: User
) -> None:
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
        answer = sent(world, phone, {"type": "seen", "channel": channel, "cursor": 1})
        assert (answer["type"], answer["code"]) == ("error", code)
    assert ReadCursor.count() == 0


def test_guests_and_displays_have_no_messages_of_their_own(world: World, gas: Business) -> None:
    order = gas_order(world.api, gas, "confirmed")["id"]
    guest = world.connect_with(tracker(world.api, gas, order).token)
    world.deliver()
    for connection_id in (guest, display(world, gas)):
        channel = f"user:{Connection.get(connection_id).user_id}"
        data = welcome(world, connection_id)
        assert (data["seen"], channel in data["cursors"]) == ({}, False)
        assert channel not in sent(world, connection_id, {"type": "heartbeat"})["cursors"]
        answer = sent(world, connection_id, {"type": "seen", "channel": "user:u1", "cursor": 0})
        assert answer["code"] == "forbidden"
    token = tracker(world.api, gas, order).token
    refused = world.api.post("/v1/realtime/seen", {"channel": "user:u1", "cursor": 0}, token=token)
    assert refused.status == 403


@pytest.mark.parametrize("cursor", [-1, 1.5, "1", None, 2**60])
def test_an_invalid_cursor_is_refused(world: World, driver: User, cursor: Any) -> None:
    phone = connect(world, world.api.token(driver))
    answer = sent(world, phone, {"type": "seen", "channel": f"user:{driver.id}", "cursor": cursor})
    assert answer["code"] == "invalid"


def test_a_drivers_id_is_not_a_users_id(world: World, gas: Business) -> None:
    phone = connect(world, world.api.token(gas.driver_user))
    answer = sent(world, phone, {"type": "seen", "channel": f"user:{gas.driver.id}", "cursor": 1})
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


def test_a_polling_client_marks_events_as_seen_over_https(world: World, gas: Business, driver: User) -> None:
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
