"""The lag of the streams and the state of their event sources, for `/v1/health`.

It uses four kinds of rows in `system_metrics`, all of which expire:

    stream_lag      table                  the lag of a batch, at most every ten seconds for each process
    stream_pending  table#sequence number  a batch that is over five seconds old; deleted once it is handled
    stream_source   all                    Lambda's state of the event sources; written by the sweep, each minute
    stream_slowest  hour#table             the largest lag of an hour
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

# If a stream is a minute behind, screens show a state that is a minute old.
LIMIT: Final = timedelta(minutes=1)

# Ten seconds are accurate enough for a health page, and a write per batch would double the cost of an event.
_EVERY: Final = timedelta(seconds=10)
# Younger batches are handled, or repeated, before a person could read about them.
_PENDING_AFTER: Final = timedelta(seconds=5)
# Lambda drops a record after an hour, so none waits longer.
_PENDING_FOR: Final = timedelta(hours=1)
# An older lag is ignored: the stream has had no new records since.
_CURRENT: Final = timedelta(minutes=1)
# The sweep writes it each minute; an older state is unknown.
_SOURCE_CURRENT: Final = timedelta(minutes=5)
_RETENTION: Final = timedelta(days=1)
_SECOND_MS: Final = 1000

_LAG: Final = "stream_lag"
_PENDING: Final = "stream_pending"
_SOURCE: Final = "stream_source"
_SLOWEST: Final = "stream_slowest"


class Source(Struct, frozen=True):
    """Lambda's state of an event source.

    state: `ok`, `failing`, `stopped`, or `unknown` without a recent answer of Lambda. since: when the state began.
    """

    state: str
    since: str | None = None


class StreamState(Struct, frozen=True):
    """A stream's state.

    lag_ms: the age of the oldest change known to wait; without one, how far behind the last batch was. noted_at:
    when a batch was last measured; None if not within a day.
    """

    lag_ms: int
    noted_at: str | None
    source: Source
    is_behind: bool


@cache
def measured_at() -> dict[str, tuple[datetime, int]]:
    """By table: when this process last stored the lag, and the lag in ms."""
    return {}


@cache
def slowest() -> dict[str, int]:
    """By hour and table: the largest lag known to this process, in ms."""
    return {}


def record_followed(table: str, newest: datetime, now: datetime) -> int:
    """Returns the lag of a batch in ms, which is the age of its newest record, and stores it.

    It stores a lag every ten seconds, and when the stream is no longer behind. newest: when the record was
    written, to the second on AWS.
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
    """The largest lag of an hour in ms, by table. hour: as `clock.hour_of`."""
    rows = SystemMetric.query(_SLOWEST, SystemMetric.at.startswith(f"{hour}#"))
    return {row.at.partition("#")[2]: int(row.lag_ms or 0) for row in rows}


def record_pending(table: str, number: str, oldest: datetime, now: datetime) -> None:
    """Stores a batch that has waited for long, before it is handled, because its function may fail or die.

    number: the sequence number of its first record, which is the same in a repeated batch.
    """
    if now - oldest >= _PENDING_AFTER:
        end = epoch(oldest + _PENDING_FOR)
        _try(SystemMetric(_PENDING, f"{table}#{number}", noted_at=wire(oldest), expires_at=end).save)


def clear_pending(table: str, number: str, oldest: datetime, now: datetime) -> None:
    """Deletes the row of `record_pending` with the same arguments, after the batch is handled."""
    if now - oldest >= _PENDING_AFTER:
        _try(SystemMetric(_PENDING, f"{table}#{number}").delete)


def record_sources(now: datetime) -> dict[str, Source]:
    """Reads the state of the streams' event sources from Lambda, stores it and returns it by table.

    Our functions measure a lag only when they run, so they do not notice a disabled event source. If Lambda does
    not answer, nothing is stored.
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
    """The states by table, of all streams with a known event source, lag or waiting batch."""
    lags = {row.at: row for row in SystemMetric.query(_LAG)}
    sources = _stored_sources(now)
    waiting: dict[str, datetime] = {}
    for row in SystemMetric.query(_PENDING):
        table = row.at.partition("#")[0]
        # TTL removes rows late.
        if int(row.expires_at or 0) > epoch(now):
            waiting[table] = min(_noted_at(row), waiting.get(table, now))
    return {
        table: _state(lags.get(table), sources.get(table, Source("unknown")), waiting.get(table), now)
        for table in sorted({*lags, *sources, *waiting})
    }


def _record_slowest(at: str, lag_ms: int, now: datetime) -> None:
    """Writes an hour's first lag, and larger ones: once or twice an hour for each process.

    A difference below a second is ignored, because on AWS the time of a change is in whole seconds.
    """
    known = slowest().get(at)
    if known is not None and lag_ms < known + _SECOND_MS:
        return
    if known is None:
        # Otherwise a long-running process would collect the hours of days.
        hour = at.partition("#")[0]
        for old in [each for each in slowest() if not each.startswith(hour)]:
            del slowest()[old]
    slowest()[at] = lag_ms

    def write() -> None:
        # Another process may have stored a larger one.
        SystemMetric(_SLOWEST, at).update_if(
            [SystemMetric.lag_ms.set(lag_ms), SystemMetric.expires_at.set(epoch(now + _RETENTION))],
            SystemMetric.lag_ms.does_not_exist() | (SystemMetric.lag_ms < lag_ms),
        )

    _try(write)


def _state(lag: SystemMetric | None, source: Source, waiting_since: datetime | None, now: datetime) -> StreamState:
    lag_ms = 0
    if lag is not None and now - _noted_at(lag) <= _CURRENT:
        lag_ms = int(lag.lag_ms or 0)
    if waiting_since is not None:
        lag_ms = max(lag_ms, _ms(now - waiting_since))
    is_behind = lag_ms > _ms(LIMIT) or source.state == "stopped"
    # A failed batch is repeated at once, so a single failure is not reported.
    if source.state == "failing" and source.since is not None:
        is_behind = is_behind or now - from_wire(source.since) >= LIMIT
    return StreamState(lag_ms, None if lag is None else str(lag.noted_at), source, is_behind)


def _stored_sources(now: datetime) -> Mapping[str, Source]:
    rows = list(SystemMetric.query(_SOURCE))
    if not rows or now - _noted_at(rows[0]) > _SOURCE_CURRENT:
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
    """Logs a failed write: a stream must not stop because its progress cannot be stored."""
    try:
        write()
    except (PynamoDBException, Unavailable):
        log.warning("stream_health_not_stored", exc_info=True)


def _noted_at(row: SystemMetric) -> datetime:
    return from_wire(str(row.noted_at))


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
