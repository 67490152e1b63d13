"""A sixth connection: the oldest is notified and closed, even if the index lags or records are repeated."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.auth.sessions import revoke
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core.clock import now
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime.closing import close_excess
from tests.factories import Business
from tests.world import World


def connect(world: World, business: Business, count: int) -> list[str]:
    """Connections of the staff, a second apart, the oldest first."""
    ids = [world.connect(business.staff) for _ in range(count)]
    age_by_second(ids)
    return ids


def age_by_second(ids: Sequence[str]) -> None:
    for n, connection_id in enumerate(ids):
        at = now() - timedelta(seconds=len(ids) - n)
        Connection(connection_id).update([Connection.connected_at.set(int(at.timestamp() * 1000))])


def known() -> set[str]:
    return {row.connection_id for row in Connection.scan()}


def test_a_sixth_connection_closes_the_oldest_with_the_reason(world: World, gas: Business) -> None:
    ids = connect(world, gas, 5)
    other = world.connect(gas.admin)
    world.deliver()
    assert world.gateway.closed == []
    sixth = world.connect(gas.staff)
    world.deliver()
    last = world.received(ids[0])[-1]
    assert (last["type"], last["code"]) == ("closing", "too_many_connections")
    assert world.gateway.closed == [ids[0]]
    assert known() == {*ids[1:], sixth, other}
    assert {row.connection_id for row in Subscription.scan()} == known()
    assert world.received(sixth)[0]["type"] == "connected"


def test_a_new_connection_counts_though_the_index_does_not_show_it_yet(world: World, gas: Business) -> None:
    ids = connect(world, gas, 6)
    newest = Connection.get(ids[-1])
    newest.update([Connection.user_id.set("not in the index under its user")])
    newest.user_id = gas.staff.id
    assert close_excess(gas.tenant.id, gas.staff.id, now=now()) == 0
    assert close_excess(gas.tenant.id, gas.staff.id, arrived=[newest], now=now()) == 1
    assert world.gateway.closed == [ids[0]]


def test_a_repeated_record_closes_no_other_connection(world: World, gas: Business) -> None:
    connect(world, gas, 6)
    records = world.take("connections")
    world.follow("connections", records)
    assert len(world.gateway.closed) == 1
    world.follow("connections", records)
    assert len(world.gateway.closed) == 1
    assert len(known()) == 5


def test_connections_that_have_left_do_not_count(world: World, gas: Business) -> None:
    ids = connect(world, gas, 6)
    world.disconnect(ids[-1])
    world.deliver()
    assert world.gateway.closed == []
    assert known() == set(ids[:-1])


def test_many_at_once_leave_the_five_youngest(world: World, gas: Business) -> None:
    ids = connect(world, gas, 9)
    world.deliver()
    assert sorted(world.gateway.closed) == sorted(ids[:4])
    assert known() == set(ids[4:])


def test_a_client_that_lost_access_while_connecting_is_notified_and_closed(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    revoke(verify_access_token(world.api.token(gas.staff)).session_id)
    world.take("refresh_tokens")
    world.deliver()
    assert [message["type"] for message in world.received(office)] == ["connected", "closing"]
    assert world.received(office)[-1]["code"] == "session_revoked"
    assert world.gateway.closed == [office]
    assert known() == set()


def test_records_that_are_read_late_welcome_only_open_connections(world: World, gas: Business) -> None:
    stayed, left, fresh = (world.connect(gas.staff) for _ in range(3))
    records = world.take("connections")
    earlier = str(int((now() - timedelta(minutes=30)).timestamp() * 1000))
    for record in records[:2]:
        record["dynamodb"]["NewImage"]["connected_at"] = {"N": earlier}
    world.disconnect(left)
    world.follow("connections", records)
    assert [message["type"] for message in world.received(stayed)] == ["connected"]
    assert [message["type"] for message in world.received(fresh)] == ["connected"]
    assert not [path for path, *_ in world.gateway.requests if left.rstrip("=") in path]
