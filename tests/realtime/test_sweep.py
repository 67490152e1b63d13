"""The sweep: which connections are notified, closed and deleted, with stored rows."""

import io
import json
from datetime import timedelta

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import epoch, now, wire
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import connections
from chalicelib.realtime.limits import deadline, notice_at
from tests import factories
from tests.crashes import at_call
from tests.factories import Business
from tests.world import World

MINUTE = timedelta(seconds=62)
TEN_MINUTES = timedelta(seconds=602)


def known() -> set[str]:
    return {row.connection_id for row in Connection.scan(attributes_to_get=["connection_id"])}


def silent_since(moment: int, *connection_ids: str) -> None:
    """Sets the connections' last heartbeat to this epoch second."""
    for connection_id in connection_ids:
        Connection(connection_id).update(
            [Connection.last_seen_at.set(moment), Connection.sends_heartbeats.set(True)]
        )


def listening() -> set[str]:
    return {row.connection_id for row in Subscription.scan()}


def test_a_silent_client_is_notified_then_closed_then_deleted(world: World, gas: Business) -> None:
    silent, alive = world.connect(gas.staff), world.connect(gas.admin)
    later = now() + MINUTE
    silent_since(epoch(now()), silent)
    silent_since(epoch(later), alive)
    done = world.sweep(later)
    (closing,) = world.received(silent)
    assert (closing["type"], closing["code"], closing["timestamp"]) == ("closing", "idle", wire(later))
    assert world.gateway.closed == [silent]
    assert known() == listening() == {alive}
    assert world.received(alive) == []
    assert (done["idle"], done["open"]) == (1, 1)


def test_a_heartbeat_keeps_a_connection(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    silent_since(0, office)
    world.send(office, {"type": "heartbeat"})
    world.sweep(now())
    assert world.gateway.closed == []
    assert known() == {office}


@pytest.mark.parametrize("kind", ["heartbeat", "ping"])
def test_a_client_whose_heartbeats_stop_is_closed_after_a_minute(world: World, gas: Business, kind: str) -> None:
    office = world.connect(gas.staff)
    world.send(office, {"type": kind})
    assert world.sweep(now() + MINUTE)["idle"] == 1
    assert world.gateway.closed == [office]


def test_a_client_that_never_sends_heartbeats_stays_as_long_as_api_gateway_has_it(
    world: World, gas: Business
) -> None:
    screen = world.connect(gas.staff)
    world.send(screen, {"type": "subscribe", "channel": "orders"})
    assert world.sweep(now() + MINUTE)["open"] == 1
    assert world.gateway.asked_for == []
    assert world.sweep(now() + TEN_MINUTES)["open"] == 1
    assert world.gateway.asked_for == [screen]
    assert (world.gateway.closed, known()) == ([], {screen})
    assert world.received(screen, "closing") == []


def test_a_client_without_heartbeats_that_api_gateway_does_not_have_is_forgotten(
    world: World, gas: Business
) -> None:
    gone, there, unknown = (world.connect(person) for person in (gas.staff, gas.admin, gas.driver_user))
    world.gateway.answer(gone, 410)
    world.gateway.answer(unknown, 0)
    done = world.sweep(now() + TEN_MINUTES)
    assert known() == listening() == {there, unknown}
    assert (done["gone"], done["open"]) == (1, 2)
    assert world.gateway.closed == []


def test_a_client_with_an_expired_token_is_notified_and_closed(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    Connection(office).update([Connection.token_expires_at.set(epoch(now()) - 1)])
    world.sweep(now())
    assert [message["code"] for message in world.received(office)] == ["token_expired"]
    assert world.gateway.closed == [office]
    assert known() == listening() == set()


def test_before_the_two_hours_are_over_a_client_is_notified_once(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    row = Connection.get(office)
    moment = notice_at(row) + timedelta(seconds=1)
    row.update([Connection.last_seen_at.set(epoch(moment)), Connection.token_expires_at.set(epoch(moment) + 600)])
    world.sweep(moment)
    world.sweep(moment + timedelta(seconds=30))
    (received,) = world.received(office)
    assert (received["type"], received["code"]) == ("reconnect", "rollover")
    assert received["deadline"] == wire(deadline(row))
    assert wire(moment) == received["timestamp"]
    assert world.gateway.closed == []
    assert known() == {office}


def test_a_client_that_leaves_while_it_is_notified_leaves_no_row(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    row = Connection.get(office)
    moment = notice_at(row) + timedelta(seconds=1)
    row.update([Connection.last_seen_at.set(epoch(moment)), Connection.token_expires_at.set(epoch(moment) + 600)])
    with at_call("UpdateItem", 1, "before-call.dynamodb", lambda: connections.delete([office])):
        world.sweep(moment)
    assert known() == set()


def test_a_connection_that_is_gone_is_forgotten_at_its_first_message(world: World, gas: Business) -> None:
    gone = world.connect(gas.staff)
    silent_since(0, gone)
    Connection(gone).update([Connection.connected_at.set(Connection.connected_at - 60_000)])
    world.gateway.answer(gone, 410)
    done = world.sweep(now())
    assert known() == listening() == set()
    assert world.gateway.closed == []
    assert done["gone"] == 1


def test_rows_older_than_any_connection_are_deleted_without_a_message(world: World, gas: Business) -> None:
    ghost = world.connect(gas.staff)
    done = world.sweep(now() + timedelta(hours=2, minutes=11))
    assert known() == listening() == set()
    assert world.received(ghost) == []
    assert done["ghost"] == 1


def test_a_connection_that_the_reason_does_not_reach_is_tried_again_before_closing(
    world: World, gas: Business
) -> None:
    office = world.connect(gas.staff)
    later = now() + MINUTE
    silent_since(epoch(now()), office)
    world.gateway.answer(office, 500)
    assert world.sweep(later)["unreached"] == 1
    assert (world.gateway.closed, known()) == ([], {office})
    world.gateway.answer(office, 200)
    world.sweep(later + MINUTE)
    assert [message["code"] for message in world.received(office)] == ["idle"]
    assert world.gateway.closed == [office]


def test_rows_that_cannot_be_read_are_closed_and_removed_and_all_others_swept(world: World, gas: Business) -> None:
    silent = world.connect(gas.staff)
    silent_since(epoch(now()), silent)
    for n, item in enumerate(({}, {"connected_at": {"S": "yesterday"}}, {"connected_at": {"N": "1e99"}})):
        aws.client("dynamodb").put_item(
            TableName=str(Connection.Meta.table_name), Item={"connection_id": {"S": f"bad{n}"}, **item}
        )
    done = world.sweep(now() + MINUTE)
    assert set(world.gateway.closed) == {silent, "bad0", "bad1", "bad2"}
    assert known() == set()
    assert (done["unreadable"], done["idle"]) == (3, 1)


def test_a_connection_that_cannot_be_read_leaves_no_subscription(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    Connection(office).update([Connection.kind.remove()])
    world.sweep(now())
    assert world.gateway.closed == [office]
    assert known() == listening() == set()


def test_more_than_five_new_connections_are_closed_at_once(world: World, gas: Business) -> None:
    ids = [world.connect(gas.staff) for _ in range(7)]
    others = [world.connect(gas.admin) for _ in range(5)]
    for n, connection_id in enumerate(ids):
        Connection(connection_id).update([Connection.connected_at.set(1000 * (epoch(now()) - 100 + n))])
    assert world.sweep(now())["too_many_connections"] == 2
    assert sorted(world.gateway.closed) == sorted(ids[:2])
    assert [message["code"] for message in world.received(ids[0])] == ["too_many_connections"]
    assert known() == {*ids[2:], *others}


def test_more_connections_than_a_page_are_all_swept_in_one_pass(world: World, gas: Business) -> None:
    people = [factories.user(gas.tenant) for _ in range(3)]
    ids = [world.connect(person) for person in people]
    silent_since(epoch(now()), *ids)
    template = Connection.get(ids[0])
    with Connection.batch_write() as batch:
        for n in range(450):
            row = Connection.from_raw_data({**template.serialize(), "connection_id": {"S": f"more{n}"}})
            row.user_id, row.channels = f"user{n}", None
            batch.save(row)
    done = world.sweep(now() + MINUTE)
    assert done["idle"] == 453
    assert known() == set()
    assert len(set(world.gateway.closed)) == 453


def test_a_pass_logs_one_line_with_its_counts(world: World, gas: Business, logged: io.StringIO) -> None:
    world.connect(gas.staff)
    world.connect(gas.admin)
    silent_since(0, next(iter(Connection.scan())).connection_id)
    logged.truncate(0)
    logged.seek(0)
    world.sweep(now())
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["message"], line["idle"], line["open"]) == ("connections_swept", 1, 1)
