"""How long a connection may live and how many a user may have: the rules alone, without storage or gateway."""

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
# After so many messages beyond the pace within a minute the socket is closed. Clients that keep it have none.
MOST_REFUSED: Final = 100
# What a DynamoDB number and every JSON reader hold exactly.
HIGHEST_CURSOR: Final = 2**53 - 1
# Clients send a heartbeat every 30 seconds: a client that misses two of them is gone. It does not hold for clients
# that have never sent one.
SILENCE: Final = timedelta(seconds=60)
# API Gateway ends a connection without traffic in either direction after this. What is older and has received
# nothing is gone; what has received events is still there. Only API Gateway knows which.
TRAFFIC_WITHIN: Final = timedelta(minutes=10)
# One heartbeat has not come: probably a ghost, though nothing to close anybody for.
_QUIET: Final = timedelta(seconds=35)
# API Gateway's own limit, and when even its last `$disconnect` is long over.
LIFE: Final = timedelta(hours=2)
GHOST_AFTER: Final = timedelta(hours=2, minutes=10)
# Six to ten minutes ahead, of which the sweep may take the first: clients know five to ten minutes before.
_NOTICE: Final = timedelta(minutes=6)
_SPREAD_SECONDS: Final = 240

Verdict = Literal["ghost", "token_expired", "idle", "rollover", "ask_gateway", "keep"]


def deadline(row: Connection) -> datetime:
    """When API Gateway ends the connection, whatever anybody does."""
    return from_epoch(row.connected_at / 1000) + LIFE


def notice_at(row: Connection) -> datetime:
    """When the client is told of its deadline; spread by connection, so that not all come back at once."""
    early = timedelta(seconds=crc32(row.connection_id.encode()) % _SPREAD_SECONDS)
    return deadline(row) - _NOTICE - early


def verdict(row: Connection, now: datetime) -> Verdict:
    """What is to become of a connection: the first rule that holds decides."""
    return next((name for name, holds in _RULES if holds(row, now)), "keep")


def most_connections(row: Connection) -> int:
    """How many connections the row's user, guest or display token may have."""
    return MOST_PER_DISPLAY if row.role == DISPLAY else MOST_PER_USER


def excess_connections(rows: Collection[Connection], now: datetime) -> list[Connection]:
    """Of a user's connections the ones that are too many: told to leave first, then the silent, then the oldest.

    Silent is a connection whose heartbeats have stopped. Of one that has never sent any, silence says nothing.
    By age alone, a rollover or a network that was away for a moment closed a device that lives: for some seconds
    others count twice, with a successor beside a connection that is about to go, or with a ghost.
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
    # Both in whole seconds, rounded down: a second more silence than allowed, never less.
    return bool(epoch(now) - row.last_seen_at > most.total_seconds())


def _needs_notice(row: Connection, now: datetime) -> bool:
    return row.told_to_leave_at is None and now >= notice_at(row)


_RULES: Final[tuple[tuple[Verdict, Callable[[Connection, datetime], bool]], ...]] = (
    ("ghost", _is_ghost),  # forgotten: nobody is there to be told
    ("token_expired", _token_is_over),  # told, closed, forgotten
    ("idle", _is_idle),  # told, closed, forgotten
    ("rollover", _needs_notice),  # told, once
    ("ask_gateway", _may_be_gone),  # forgotten where the gateway says that it is gone
)
