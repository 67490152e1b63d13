"""Rows of connections: their expiry, their message rate, and how they are deleted."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import epoch, now
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import connections
from tests.calls import counted_calls, listening
from tests.factories import Business
from tests.world import World


class Died(BaseException):
    """The function ends here."""


def row_of(connection_id: str) -> Connection:
    return Connection.get(connection_id, consistent_read=True)


def test_the_rows_of_a_connection_outlive_its_two_hours_together(world: World, gas: Business) -> None:
    row = row_of(world.connect(gas.staff))
    lifetimes = {row.expires_at, *(found.expires_at for found in Subscription.scan())}
    assert len(lifetimes) == 1
    assert epoch(now() + timedelta(hours=2)) < row.expires_at < epoch(now() + timedelta(hours=3))


def test_a_removal_that_dies_half_way_is_finished_by_the_next_one(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    writes = iter(range(10))

    def die(**_: object) -> None:
        if next(writes) == 1:
            raise Died

    with listening("before-call.dynamodb.BatchWriteItem", die), pytest.raises(Died):
        connections.delete([office])
    connections.delete([office])
    assert list(Subscription.scan()) == []
    assert connections.count() == 0


def test_a_connection_of_a_moment_ago_is_welcomed_without_a_read(world: World, gas: Business) -> None:
    row = row_of(world.connect(gas.staff))
    with counted_calls() as calls:
        assert connections.still_connected([row], now() + timedelta(seconds=30)) == [row]
    assert calls == {}
    with counted_calls() as calls:
        assert connections.still_connected([row], now() + timedelta(seconds=90)) == [row]
    assert calls == {"dynamodb.BatchGetItem": 1}
    connections.delete([row.connection_id])
    assert connections.still_connected([row], now() + timedelta(seconds=90)) == []


def test_a_users_connections_come_oldest_first(world: World, gas: Business) -> None:
    ids = [world.connect(gas.staff) for _ in range(4)]
    for age, connection_id in enumerate(ids):
        row_of(connection_id).update([Connection.connected_at.set(1_000 - age)])
    found = connections.of_user(gas.tenant.id, gas.staff.id)
    assert [row.connection_id for row in found] == ids[::-1]
