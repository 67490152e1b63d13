"""How long a connection may live and how many a user may have: the rules alone, without storage or gateway."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Literal
from zlib import crc32

from chalicelib.clock import epoch, from_epoch
from chalicelib.models.connection import Connection

MOST_PER_USER: Final = 5
# What a DynamoDB number and every JSON reader hold exactly.
HIGHEST_CURSOR: Final = 2**53 - 1
# Clients send a heartbeat every 30 seconds: whoever is silent for two of them is gone.
SILENCE: Final = timedelta(seconds=60)
# One heartbeat has not come: probably a ghost, though nothing to close anybody for.
_QUIET: Final = timedelta(seconds=35)
# API Gateway's own limit, and when even its last `$disconnect` is long over.
LIFE: Final = timedelta(hours=2)
GHOST_AFTER: Final = timedelta(hours=2, minutes=10)
# Six to ten minutes ahead, of which the sweep may take the first: clients know five to ten minutes before.
_NOTICE: Final = timedelta(minutes=6)
_SPREAD_SECONDS: Final = 240

Verdict = Literal["ghost", "token_expired", "idle", "rollover", "keep"]


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


def surplus(rows: Collection[Connection], now: datetime) -> list[Connection]:
    """Of a user's connections the ones that are too many: told to leave first, then the silent, then the oldest.

    By age alone, a rollover or a network that was away for a moment closed a device that lives: for some seconds
    others count twice, with a successor beside a connection that is about to go, or with a ghost.
    """
    dispensable_first = sorted(
        rows,
        key=lambda row: (
            row.told_to_leave_at is None,
            not _is_silent(row, now, _QUIET),
            row.connected_at,
            row.connection_id,
        ),
    )
    return dispensable_first[: max(0, len(rows) - MOST_PER_USER)]


def _is_ghost(row: Connection, now: datetime) -> bool:
    return now - from_epoch(row.connected_at / 1000) > GHOST_AFTER


def _token_is_over(row: Connection, now: datetime) -> bool:
    return bool(row.token_expires_at <= epoch(now))


def _is_silent(row: Connection, now: datetime, most: timedelta = SILENCE) -> bool:
    # Both in whole seconds, rounded down: a second more silence than allowed, never less.
    return bool(epoch(now) - row.last_seen_at > most.total_seconds())


def _is_to_be_told(row: Connection, now: datetime) -> bool:
    return row.told_to_leave_at is None and now >= notice_at(row)


_RULES: Final[tuple[tuple[Verdict, Callable[[Connection, datetime], bool]], ...]] = (
    ("ghost", _is_ghost),  # forgotten: nobody is there to be told
    ("token_expired", _token_is_over),  # told, closed, forgotten
    ("idle", _is_silent),  # told, closed, forgotten
    ("rollover", _is_to_be_told),  # told, once
)
