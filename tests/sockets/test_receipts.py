"""Heartbeats of clients that never send `seen` acknowledge the messages to their user."""

import pytest

from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection
from chalicelib.models.user import User
from tests.calls import counted_calls
from tests.factories import Business, store_messages
from tests.inboxes import connect, contents, heartbeat, other_device, seen, send, welcome
from tests.sockets.test_subscribe import sent
from tests.world import World


@pytest.fixture
def driver(gas: Business) -> User:
    return gas.driver_user


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


def test_events_after_the_previous_heartbeat_do_not_count_as_received(world: World, driver: User) -> None:
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
            sent(world, silent, {"type": "heartbeat"})
        assert calls == {"dynamodb.UpdateItem": 1, "dynamodb.BatchGetItem": 1}
