"""Rules for how long a connection may live and how many a user may have, without storage and gateway."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Literal
from zlib import crc32

from chalicelib.auth.principal import DISPLAY
from chalicelib.core.clock import epoch, from_epoch
from chalicelib.models.connection import Connection

MOST_PER_USER: Final = 5
# One display token serves all screens of a frontend that has it in its bundle.
MOST_PER_DISPLAY: Final = 100
# The socket is closed after so many messages above the allowed rate within a minute.
MOST_REFUSED: Final = 100
# The highest integer that DynamoDB and every JSON parser represent exactly.
HIGHEST_CURSOR: Final = 2**53 - 1
# Clients send a heartbeat every 30 seconds: a client that misses two of them is gone. Clients that have never sent
# one are exempt.
SILENCE: Final = timedelta(seconds=60)
# API Gateway ends a connection without traffic in either direction after this time. An older connection is open
# only if it has received events, which only API Gateway knows.
TRAFFIC_WITHIN: Final = timedelta(minutes=10)
# One heartbeat is missing: the connection is probably dead, but this alone does not close it.
_QUIET: Final = timedelta(seconds=35)
# LIFE: API Gateway's limit. GHOST_AFTER: by then `$disconnect` has run for every connection.
LIFE: Final = timedelta(hours=2)
GHOST_AFTER: Final = timedelta(hours=2, minutes=10)
# Six to ten minutes before the end. The sweep may be a minute late, so clients are notified five to ten minutes
# before.
_NOTICE: Final = timedelta(minutes=6)
_SPREAD_SECONDS: Final = 240

Verdict = Literal["ghost", "token_expired", "idle", "rollover", "ask_gateway", "keep"]


def deadline(row: Connection) -> datetime:
    """When API Gateway ends the connection."""
    return from_epoch(row.connected_at / 1000) + LIFE


def notice_at(row: Connection) -> datetime:
    """When the client is notified of its deadline; spread by connection, so that not all reconnect together."""
    early = timedelta(seconds=crc32(row.connection_id.encode()) % _SPREAD_SECONDS)
    return deadline(row) - _NOTICE - early


def verdict(row: Connection, now: datetime) -> Verdict:
    """The action for a connection, by the first rule that matches."""
    return next((name for name, holds in _RULES if holds(row, now)), "keep")


def most_connections(row: Connection) -> int:
    """How many connections the row's user, guest or display token may have."""
    return MOST_PER_DISPLAY if row.role == DISPLAY else MOST_PER_USER


def excess_connections(rows: Collection[Connection], now: datetime) -> list[Connection]:
    """A user's connections beyond the limit: first those with a notice to leave, then silent ones, then the
    oldest.

    A connection is silent if its heartbeats have stopped; one that has never sent any is not. Age alone would
    close live devices: after a rollover or a short network failure another device counts twice for some seconds,
    with its new connection and one that is ending or dead.
    """
    dispensable_first = sorted(
        rows,
        key=lambda row: (
            row.told_to_leave_at is None,
            not (row.sends_heartbeats and _is_silent(row, now, _QUIET)),
            row.connected_at,
            row.connection_id,
        ),
    )
    return dispensable_first[: max(0, len(rows) - max(map(most_connections, rows), default=0))]


def _is_ghost(row: Connection, now: datetime) -> bool:
    return now - from_epoch(row.connected_at / 1000) > GHOST_AFTER


def _token_is_over(row: Connection, now: datetime) -> bool:
    return bool(row.token_expires_at <= epoch(now))


def _is_idle(row: Connection, now: datetime) -> bool:
    return bool(row.sends_heartbeats) and _is_silent(row, now, SILENCE)


def _may_be_gone(row: Connection, now: datetime) -> bool:
    return _is_silent(row, now, TRAFFIC_WITHIN)


def _is_silent(row: Connection, now: datetime, most: timedelta) -> bool:
    # Both in whole seconds, rounded down, so this allows up to a second more silence, never less.
    return bool(epoch(now) - row.last_seen_at > most.total_seconds())


def _needs_notice(row: Connection, now: datetime) -> bool:
    return row.told_to_leave_at is None and now >= notice_at(row)


_RULES: Final[tuple[tuple[Verdict, Callable[[Connection, datetime], bool]], ...]] = (
    ("ghost", _is_ghost),  # row deleted; there is no client to notify
    ("token_expired", _token_is_over),  # client notified, socket closed, row deleted
    ("idle", _is_idle),  # client notified, socket closed, row deleted
    ("rollover", _needs_notice),  # client notified, once
    ("ask_gateway", _may_be_gone),  # row deleted if API Gateway does not have the connection
)
