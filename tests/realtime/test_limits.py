"""The rules for closing connections, for any connection at any time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.connection import Connection
from chalicelib.realtime.limits import deadline, excess_connections, notice_at, verdict

NOW = datetime(2026, 11, 22, 4, 37, 33, 120_000, tzinfo=UTC)


def connection(*, age: float = 30, silence: float = 1, token_left: float = 3000, **values: Any) -> Connection:
    """A row of a client that connected and sent a heartbeat so many seconds before NOW; as it is stored.

    sends_heartbeats=None: of a client that has never sent one, or a row of an earlier version.
    """
    at = NOW.timestamp()
    return Connection(
        values.pop("connection_id", "c1"),
        connected_at=int((at - age) * 1000),
        last_seen_at=int(at - silence),
        token_expires_at=int(at + token_left),
        sends_heartbeats=values.pop("sends_heartbeats", True),
        **values,
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "keep"),
        ({"silence": 59}, "keep"),
        ({"silence": 62}, "idle"),
        ({"silence": 62, "sends_heartbeats": None}, "keep"),
        ({"silence": 600, "sends_heartbeats": None}, "keep"),
        ({"silence": 602, "sends_heartbeats": None}, "ask_gateway"),
        ({"silence": 602, "sends_heartbeats": None, "age": 115 * 60}, "rollover"),
        ({"silence": 602, "sends_heartbeats": None, "age": 115 * 60, "told_to_leave_at": 1}, "ask_gateway"),
        ({"silence": 602, "sends_heartbeats": None, "token_left": -1}, "token_expired"),
        ({"silence": 602, "sends_heartbeats": None, "age": 131 * 60}, "ghost"),
        ({"token_left": -1}, "token_expired"),
        ({"token_left": -1, "silence": 62}, "token_expired"),
        ({"age": 109 * 60}, "keep"),
        ({"age": 115 * 60}, "rollover"),
        ({"age": 115 * 60, "told_to_leave_at": 1}, "keep"),
        ({"age": 115 * 60, "silence": 62}, "idle"),
        ({"age": 129 * 60, "told_to_leave_at": 1}, "keep"),
        ({"age": 131 * 60}, "ghost"),
        ({"age": 131 * 60, "token_left": -1}, "ghost"),
    ],
)
def test_the_first_rule_that_holds_decides(row: dict[str, Any], expected: str) -> None:
    assert verdict(connection(**row), NOW) == expected


@given(
    age=st.floats(0, 130 * 60),
    silence=st.floats(0, 60),
    token_left=st.floats(1, 3600),
    noticed=st.none() | st.just(1),
    connection_id=st.text(min_size=1, max_size=40),
)
def test_a_client_with_a_valid_token_that_sent_within_a_minute_is_not_closed(
    age: float, silence: float, token_left: float, noticed: int | None, connection_id: str
) -> None:
    row = connection(
        age=age, silence=silence, token_left=token_left, told_to_leave_at=noticed, connection_id=connection_id
    )
    assert verdict(row, NOW) in ("keep", "rollover")


@given(
    age=st.floats(0, 130 * 60),
    silence=st.floats(0, 7200),
    token_left=st.floats(1, 3600),
    noticed=st.none() | st.just(1),
)
def test_a_connection_that_has_never_sent_a_heartbeat_is_not_closed_for_its_silence(
    age: float, silence: float, token_left: float, noticed: int | None
) -> None:
    row = connection(
        age=age, silence=silence, token_left=token_left, told_to_leave_at=noticed, sends_heartbeats=None
    )
    assert verdict(row, NOW) in ("keep", "rollover", "ask_gateway")


@given(age=st.floats(0, 130 * 60), silence=st.floats(61, 7200), token_left=st.floats(-3600, 3600))
def test_a_client_that_was_silent_for_longer_is_closed(age: float, silence: float, token_left: float) -> None:
    row = connection(age=age, silence=silence, token_left=token_left)
    assert verdict(row, NOW) in ("idle", "token_expired")


@given(connection_id=st.text(min_size=1, max_size=40), sweep_after=st.floats(0, 60))
def test_a_sweep_each_minute_tells_of_the_two_hours_five_to_ten_minutes_before(
    connection_id: str, sweep_after: float
) -> None:
    row = connection(age=0, connection_id=connection_id)
    assert deadline(row) - timedelta(hours=2) - NOW < timedelta(milliseconds=1)
    told_at = notice_at(row) + timedelta(seconds=sweep_after)
    assert timedelta(minutes=5) <= deadline(row) - told_at <= timedelta(minutes=10)
    row.last_seen_at, row.token_expires_at = told_at.timestamp(), told_at.timestamp() + 60
    assert verdict(row, told_at) == "rollover"


def test_notices_are_spread_over_time() -> None:
    minutes = {notice_at(connection(connection_id=f"c{n}")).minute for n in range(100)}
    assert len(minutes) >= 4


@given(ages=st.lists(st.integers(0, 7200), max_size=12))
def test_of_a_users_connections_the_five_youngest_stay(ages: list[int]) -> None:
    rows = [connection(age=age, connection_id=f"c{n}") for n, age in enumerate(ages)]
    leaving = excess_connections(rows, NOW)
    staying = [row for row in rows if row not in leaving]
    assert len(staying) == min(5, len(rows))
    assert not staying or all(row.connected_at <= min(each.connected_at for each in staying) for row in leaving)


def test_a_connection_with_a_leave_notice_is_closed_before_an_older_one() -> None:
    older = connection(age=6900, connection_id="c1")
    noticed = connection(age=6800, connection_id="c2", told_to_leave_at=1)
    # Its successor is the sixth: as long as the former lives on, the device counts twice.
    rows = [older, noticed, *(connection(age=60, connection_id=f"c{n}") for n in range(3, 7))]
    assert [row.connection_id for row in excess_connections(rows, NOW)] == ["c2"]


def test_a_silent_one_makes_room_before_an_older_one_that_speaks() -> None:
    # A short network failure leaves rows of dead connections behind.
    ghosts = [connection(age=600 - n, silence=40 + n, connection_id=f"ghost{n}") for n in range(2)]
    alive = [connection(age=7000, silence=29, connection_id="display")]
    rows = [*ghosts, *alive, *(connection(age=1, silence=0, connection_id=f"new{n}") for n in range(4))]
    assert {row.connection_id for row in excess_connections(rows, NOW)} == {"ghost0", "ghost1"}


def test_one_that_never_sends_heartbeats_counts_by_its_age_alone() -> None:
    quiet = connection(age=300, silence=300, sends_heartbeats=None, connection_id="screen")
    older = connection(age=400, silence=1, connection_id="older")
    ghost = connection(age=200, silence=40, connection_id="ghost")
    rows = [quiet, older, ghost, *(connection(age=1, connection_id=f"new{n}") for n in range(4))]
    assert {row.connection_id for row in excess_connections(rows, NOW)} == {"ghost", "older"}


def test_a_display_token_has_room_for_a_hundred_connections() -> None:
    rows = [connection(age=n, connection_id=f"c{n:03}", role="display") for n in range(101)]
    assert excess_connections(rows[:100], NOW) == []
    assert [row.connection_id for row in excess_connections(rows, NOW)] == ["c100"]


@given(
    rows=st.lists(
        st.builds(
            connection,
            age=st.integers(0, 7200),
            silence=st.integers(0, 59),
            told_to_leave_at=st.none() | st.just(1),
            connection_id=st.uuids().map(str),
        ),
        max_size=12,
    )
)
def test_only_excess_connections_are_closed_and_those_with_the_lowest_priority_first(
    rows: list[Connection],
) -> None:
    leaving = excess_connections(rows, NOW)
    staying = [row for row in rows if row not in leaving]
    assert len(leaving) == max(0, len(rows) - 5)
    if any(row.told_to_leave_at for row in staying):
        assert all(row.told_to_leave_at for row in leaving)
    elif any(row.last_seen_at < NOW.timestamp() - 37 for row in staying):
        assert all(row.told_to_leave_at or row.last_seen_at < NOW.timestamp() - 35 for row in leaving)
