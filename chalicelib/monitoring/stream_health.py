"""How far the streams are followed, for `/v1/health`: how old what waits is, and whether anything follows at all.

In `system_metrics`, four kinds of rows, all of which expire:

    stream_lag      table                  how far behind a batch was, at most every ten seconds for each process
    stream_pending  table#sequence number  a batch that is over five seconds old; gone once it is followed
    stream_source   all                    what Lambda says of the event sources; written by the sweep, each minute
    stream_slowest  hour#table             the batch that was furthest behind in an hour
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from pynamodb.exceptions import PynamoDBException

from chalicelib.core import aws
from chalicelib.core.clock import epoch, from_wire, hour_of, wire
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import log
from chalicelib.core.settings import settings
from chalicelib.models.system_metric import SystemMetric

# A stream that is a minute behind makes screens that are a minute wrong.
LIMIT: Final = timedelta(minutes=1)

# A health page that is ten seconds old is young enough, and a write per batch would double the cost of an event.
_EVERY: Final = timedelta(seconds=10)
# Younger batches are followed, or repeated, before a person could read of them.
_PENDING_AFTER: Final = timedelta(seconds=5)
# Lambda gives up a record after an hour: nothing waits for longer.
_PENDING_FOR: Final = timedelta(hours=1)
# A lag that was measured longer ago says nothing of now: the stream had nothing more to follow.
_CURRENT: Final = timedelta(minutes=1)
# The sweep writes each minute; without it nothing is known.
_SOURCE_CURRENT: Final = timedelta(minutes=5)
_RETENTION: Final = timedelta(days=1)
_SECOND_MS: Final = 1000

_LAG: Final = "stream_lag"
_PENDING: Final = "stream_pending"
_SOURCE: Final = "stream_source"
_SLOWEST: Final = "stream_slowest"


class Source(Struct, frozen=True):
    """An event source as Lambda describes it.

    state: `ok`, `failing`, `stopped`, or `unknown` where Lambda was not asked lately. since: when it was first so.
    """

    state: str
    since: str | None = None


class StreamState(Struct, frozen=True):
    """A stream's state.

    lag_ms: the age of the oldest change that is known to wait, else how far behind the last batch was. noted_at:
    when a batch was last measured; None for a stream that nothing has come through for a day.
    """

    lag_ms: int
    noted_at: str | None
    source: Source
    is_behind: bool


@cache
def measured_at() -> dict[str, tuple[datetime, int]]:
    """By table: when this process last stored its lag, and the lag in ms."""
    return {}


@cache
def slowest() -> dict[str, int]:
    """By hour and table: the largest lag that this process knows of, in ms."""
    return {}


def record_followed(table: str, newest: datetime, now: datetime) -> int:
    """Stores the age of the newest record of a batch, in ms, and returns it.

    Not each time: what is new after ten seconds, and what says that the stream is no longer behind.
    newest: when it was written, to the second on AWS.
    """
    lag_ms = max(0, round((now - newest).total_seconds() * 1000))
    before = measured_at().get(table)
    if before is None or now - before[0] >= _EVERY or (before[1] > _ms(LIMIT) >= lag_ms):
        measured_at()[table] = (now, lag_ms)
        row = SystemMetric(_LAG, table, lag_ms=lag_ms, noted_at=wire(now), expires_at=epoch(now + _RETENTION))
        _try(row.save)
    _record_slowest(f"{hour_of(now)}#{table}", lag_ms, now)
    return lag_ms


def slowest_of(hour: str) -> dict[str, int]:
    """By table: how far behind, in ms, the batches of an hour were at most. hour: as `clock.hour_of`."""
    rows = SystemMetric.query(_SLOWEST, SystemMetric.at.startswith(f"{hour}#"))
    return {row.at.partition("#")[2]: int(row.lag_ms or 0) for row in rows}


def record_pending(table: str, number: str, oldest: datetime, now: datetime) -> None:
    """Notes a batch that has waited for long, before it is followed: its function may fail, or die.

    number: the sequence number of its first record. A repeated batch has the same.
    """
    if now - oldest >= _PENDING_AFTER:
        end = epoch(oldest + _PENDING_FOR)
        _try(SystemMetric(_PENDING, f"{table}#{number}", noted_at=wire(oldest), expires_at=end).save)


def clear_pending(table: str, number: str, oldest: datetime, now: datetime) -> None:
    """Takes back what `record_pending` noted, with the same arguments: the batch is followed."""
    if now - oldest >= _PENDING_AFTER:
        _try(SystemMetric(_PENDING, f"{table}#{number}").delete)


def record_sources(now: datetime) -> dict[str, Source]:
    """Asks Lambda how the event sources of the stage's streams fare, and stores it: by table.

    Lambda measures how far behind a stream is only when it reads it. A source that is disabled is behind without
    end, and no function of ours runs that could say so. Where Lambda does not answer, nothing is stored.
    """
    try:
        states = dict(_sources())
    except (BotoCoreError, ClientError):
        log.warning("stream_sources_unknown", exc_info=True)
        return {}
    before = _stored_sources(now)
    found = {}
    for table, state in states.items():
        known = before.get(table)
        found[table] = known if known is not None and known.state == state else Source(state, wire(now))
    text = msgspec.json.encode(found).decode()
    SystemMetric(_SOURCE, "all", state=text, noted_at=wire(now), expires_at=epoch(now + _RETENTION)).save()
    return found


def stream_states(now: datetime) -> dict[str, StreamState]:
    """By table: the streams that Lambda was asked about, and those that something came through or waits in."""
    lags = {row.at: row for row in SystemMetric.query(_LAG)}
    sources = _stored_sources(now)
    waiting: dict[str, datetime] = {}
    for row in SystemMetric.query(_PENDING):
        table = row.at.partition("#")[0]
        # TTL removes rows late.
        if int(row.expires_at or 0) > epoch(now):
            waiting[table] = min(_noted(row), waiting.get(table, now))
    return {
        table: _state(lags.get(table), sources.get(table, Source("unknown")), waiting.get(table), now)
        for table in sorted({*lags, *sources, *waiting})
    }


def _record_slowest(at: str, lag_ms: int, now: datetime) -> None:
    """Writes an hour's first lag, and larger ones: once or twice an hour for each process.

    Less than a second is no difference: on AWS a change's time has no more digits.
    """
    known = slowest().get(at)
    if known is not None and lag_ms < known + _SECOND_MS:
        return
    if known is None:
        # A process that is warm for days must not gather hours.
        hour = at.partition("#")[0]
        for old in [each for each in slowest() if not each.startswith(hour)]:
            del slowest()[old]
    slowest()[at] = lag_ms

    def write() -> None:
        # Not where another process knows of a larger one.
        SystemMetric(_SLOWEST, at).update_if(
            [SystemMetric.lag_ms.set(lag_ms), SystemMetric.expires_at.set(epoch(now + _RETENTION))],
            SystemMetric.lag_ms.does_not_exist() | (SystemMetric.lag_ms < lag_ms),
        )

    _try(write)


def _state(lag: SystemMetric | None, source: Source, waiting_since: datetime | None, now: datetime) -> StreamState:
    lag_ms = 0
    if lag is not None and now - _noted(lag) <= _CURRENT:
        lag_ms = int(lag.lag_ms or 0)
    if waiting_since is not None:
        lag_ms = max(lag_ms, _ms(now - waiting_since))
    is_behind = lag_ms > _ms(LIMIT) or source.state == "stopped"
    # One failed batch is repeated at once, and says nothing yet.
    if source.state == "failing" and source.since is not None:
        is_behind = is_behind or now - from_wire(source.since) >= LIMIT
    return StreamState(lag_ms, None if lag is None else str(lag.noted_at), source, is_behind)


def _stored_sources(now: datetime) -> Mapping[str, Source]:
    rows = list(SystemMetric.query(_SOURCE))
    if not rows or now - _noted(rows[0]) > _SOURCE_CURRENT:
        return {}
    return msgspec.json.decode(str(rows[0].state), type=dict[str, Source])


def _sources() -> Iterable[tuple[str, str]]:
    """(table, state) of each event source that reads a stream of this stage."""
    prefix = f":table/{settings().table_prefix}"
    pages = aws.client("lambda").get_paginator("list_event_source_mappings").paginate()
    for page in pages:
        for each in page["EventSourceMappings"]:
            _, is_ours, rest = each.get("EventSourceArn", "").partition(prefix)
            if is_ours:
                yield rest.partition("/")[0], _source_state(each)


def _source_state(mapping: dict[str, Any]) -> str:
    if mapping.get("State") in ("Disabled", "Disabling", "Deleting"):
        return "stopped"
    # `OK`, `No records processed`, or what went wrong: `PROBLEM: Function call failed`.
    result = str(mapping.get("LastProcessingResult") or "")
    return "ok" if not result or result.startswith(("OK", "No records")) else "failing"


def _try(write: Callable[[], object]) -> None:
    """A stream must not stand still because its progress cannot be stored."""
    try:
        write()
    except (PynamoDBException, Unavailable):
        log.warning("stream_health_not_stored", exc_info=True)


def _noted(row: SystemMetric) -> datetime:
    return from_wire(str(row.noted_at))


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
