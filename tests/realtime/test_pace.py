"""The rate limit of messages: accepted and refused messages, and how refusals are counted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.core.clock import epoch, now
from chalicelib.core.errors import TooFast
from chalicelib.models.connection import Connection
from chalicelib.realtime import connections, pace
from chalicelib.realtime.pace import TooManyMessages, senders
from tests.calls import counted_calls
from tests.crashes import at_call
from tests.factories import Business
from tests.world import World


@pytest.fixture
def connection_id(world: World, gas: Business) -> str:
    return world.connect(gas.staff)


@pytest.fixture
def start() -> datetime:
    """Later than anything that was sent, and not at the end of a second."""
    return (now() + timedelta(hours=1)).replace(microsecond=0)


def row_of(connection_id: str) -> Connection:
    return Connection.get(connection_id, consistent_read=True)


def refused(connection_id: str, at: datetime) -> int:
    with pytest.raises(TooManyMessages) as refusal:
        pace.touch(connection_id, at)
    return refusal.value.refused


def seconds(start: datetime, *offsets: float) -> Iterator[datetime]:
    return (start + timedelta(seconds=each) for each in offsets)


def test_an_hour_of_silence_does_not_allow_a_larger_burst(connection_id: str, start: datetime) -> None:
    for _ in range(20):
        assert pace.touch(connection_id, start) is not None
    with pytest.raises(TooFast):
        pace.touch(connection_id, start)
    assert pace.touch(connection_id, start + timedelta(seconds=0.5)) is not None
    with pytest.raises(TooFast):
        pace.touch(connection_id, start + timedelta(seconds=0.6))


def test_a_client_that_speaks_each_half_second_is_never_refused(connection_id: str, start: datetime) -> None:
    for n in range(60):
        touched = pace.touch(connection_id, start + timedelta(seconds=n / 2))
        assert touched is not None
    assert row_of(connection_id).last_seen_at == epoch(start + timedelta(seconds=59 / 2))


def test_refusals_of_another_minute_do_not_count(connection_id: str, start: datetime) -> None:
    Connection(connection_id).update([Connection.next_message_at.set(int(start.timestamp() + 300) * 1000)])

    assert [refused(connection_id, at) for at in seconds(start, 0, 30, 59)] == [1, 2, 3]
    assert [refused(connection_id, at) for at in seconds(start, 61, 62)] == [1, 2]


def test_a_client_beyond_the_pace_costs_two_writes_each_half_second_however_fast_it_sends(
    connection_id: str, start: datetime
) -> None:
    for _ in range(20):
        pace.touch(connection_id, start)
    assert refused(connection_id, start) == 1

    with counted_calls() as calls:
        for half_second in range(1, 4):
            at = start + timedelta(seconds=half_second / 2)
            assert pace.touch(connection_id, at) is not None
            for _ in range(20):
                refused(connection_id, at)

    assert calls == {"dynamodb.UpdateItem": 3 * 2}
    assert refused(connection_id, start + timedelta(seconds=1.6)) == 62


def test_refusals_without_a_call_are_counted_with_the_next_message(connection_id: str, start: datetime) -> None:
    for _ in range(20):
        pace.touch(connection_id, start)
    for _ in range(30):
        refused(connection_id, start)
    assert row_of(connection_id).refused_count == 1

    pace.touch(connection_id, start + timedelta(seconds=0.5))

    assert row_of(connection_id).refused_count == 30


def test_the_hundredth_refusal_is_noticed_even_if_another_process_counted_too(
    connection_id: str, start: datetime
) -> None:
    for _ in range(20):
        pace.touch(connection_id, start)
    for _ in range(30):
        refused(connection_id, start)
    Connection(connection_id).update([Connection.refused_count.add(75)])

    with pytest.raises(TooManyMessages) as refusal:
        pace.touch(connection_id, start + timedelta(seconds=0.5))

    assert (refusal.value.refused, refusal.value.reaches_most) == (105, True)


def test_a_client_that_leaves_while_its_refusal_is_counted_leaves_no_row(
    connection_id: str, start: datetime
) -> None:
    for _ in range(20):
        pace.touch(connection_id, start)
    with at_call("UpdateItem", 2, "before-call.dynamodb", lambda: connections.delete([connection_id])):
        assert refused(connection_id, start) == 0
    assert Connection.count() == 0


def test_a_client_within_the_pace_is_not_remembered(connection_id: str, start: datetime) -> None:
    for _ in range(20):
        pace.touch(connection_id, start)
    assert set(senders) == {connection_id}

    pace.touch(connection_id, start + timedelta(seconds=1))

    assert senders == {}
