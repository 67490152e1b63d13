"""Damaged rows of channel logs and connections neither block a channel nor leave a socket open."""

import io
from datetime import timedelta

import pytest

from chalicelib.core.clock import now
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.models.connection import Connection
from chalicelib.models.order import Order
from chalicelib.realtime import connections, log
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.replay import replay
from tests.core.test_metrics import lines, metrics
from tests.factories import Business, order_body
from tests.models.damage import damage_item, without_it
from tests.realtime.test_log import clock, event, replayed
from tests.world import World

HEAD = {"channel_key": channel_key("t", "orders"), "seq": "0"}


@pytest.mark.parametrize("name", ["epoch", "cursor"])
def test_a_channel_whose_head_is_damaged_gets_a_new_epoch_and_goes_on(aws: None, name: str) -> None:
    log.append([event("a"), event("b")], now=clock())
    before = log.heads("t", ["orders"])["orders"]
    damage_item(ChannelLog, HEAD, without_it, name)

    (stamped,) = log.append([event("c")], now=clock())

    head = log.heads("t", ["orders"])["orders"]
    assert (stamped.cursors, head.cursor) == ({"orders": 1}, 1)
    assert head.epoch not in (before.epoch, None)
    assert replayed("orders", 0, before.epoch) is None


@pytest.mark.parametrize("name", ["epoch", "cursor"])
def test_a_damaged_head_is_replaced_when_it_is_asked_for(aws: None, name: str) -> None:
    log.append([event("a")], now=clock())
    damage_item(ChannelLog, HEAD, without_it, name)

    heads = log.heads("t", ["orders", "order:1"])

    assert heads == log.heads("t", ["orders", "order:1"])
    assert heads["orders"].cursor == 0


def test_an_event_whose_claim_is_damaged_is_logged_again(aws: None) -> None:
    log.append([event("a")], now=clock())
    damage_item(EventClaim, {"event_key": "t#a"}, without_it, "cursors")

    stamped = log.append([event("a"), event("b")], now=clock())

    assert [each.cursors["orders"] for each in stamped] == [2, 3]
    assert [each.cursors["orders"] for each in log.append([event("a")], now=clock())] == [2]


def test_a_replay_over_a_damaged_row_recovers_nothing(aws: None) -> None:
    log.append([event("a"), event("b"), event("c")], now=clock())
    damage_item(ChannelLog, {**HEAD, "seq": "2"}, without_it, "epoch")

    assert replayed("orders", 0) is None
    assert replayed("orders", 2) == ["c"]


@pytest.mark.parametrize("raw", [None, b"", b"not compressed"])
def test_a_replay_over_an_event_that_cannot_be_decoded_recovers_nothing(
    aws: None, logged: io.StringIO, raw: bytes | None
) -> None:
    log.append([event("a"), event("b")], now=clock())
    row = ChannelLog.get(HEAD["channel_key"], 1)
    row.event = raw
    row.save()

    found = replay("t", "orders", 0, None, now=clock())

    assert (found.recovered, found.head.cursor, found.events) == (False, 2, ())
    assert metrics(logged)["RowsUnreadable"] == 1


def test_a_connection_with_a_damaged_row_has_not_left(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    (seen,) = connections.of_user(gas.tenant.id, gas.staff.id)
    damage_item(Connection, {"connection_id": office}, without_it, "last_seen_at")

    later = now() + timedelta(minutes=5)

    assert [row.connection_id for row in connections.still_connected([seen], later)] == [office]


def test_a_connection_whose_row_is_damaged_is_ended_at_its_next_message(
    world: World, gas: Business, logged: io.StringIO
) -> None:
    office, other = world.connect(gas.staff), world.connect(gas.admin)
    damage_item(Connection, {"connection_id": office}, without_it, "kind")

    world.send(office, {"type": "ping"})
    world.send(other, {"type": "ping"})

    assert world.gateway.closed == [office]
    assert [message["type"] for message in world.received(other)] == ["pong"]
    (line,) = (line for line in lines(logged) if line["message"] == "row_unreadable")
    assert (line["table"], line["reason"]) == ("connections", "missing: kind")


def test_a_damaged_connection_is_left_out_of_those_of_a_user_and_of_a_tenant(world: World, gas: Business) -> None:
    office, other = world.connect(gas.staff), world.connect(gas.staff)
    damage_item(Connection, {"connection_id": office}, without_it, "kind")

    assert [row.connection_id for row in connections.of_user(gas.tenant.id, gas.staff.id)] == [other]
    assert [row.connection_id for row in connections.of_tenant(gas.tenant.id)] == [other]
    page = world.api.get("/v1/realtime/connections", as_=gas.admin).body
    assert [row["connection_id"] for row in page["items"]] == [other]
    assert world.api.get("/v1/realtime/status", as_=gas.admin).body["connections"] == 1


def test_a_damaged_order_is_refused_on_the_socket_with_a_code_of_its_own(world: World, gas: Business) -> None:
    order_id = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    office = world.connect(gas.staff)
    damage_item(Order, {"tenant_id": gas.tenant.id, "id": order_id}, without_it, "kind")

    world.send(office, {"type": "order_update", "order_id": order_id, "status": "delivered", "ref": 7})

    (answer,) = world.received(office)
    assert (answer["type"], answer["code"], answer["ref"]) == ("error", "row_unreadable", 7)
