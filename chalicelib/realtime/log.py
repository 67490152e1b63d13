"""The channels' logs: every event gets the next integer in each of its channels, once.

A batch is appended with one read and one transaction: it moves each head from n to n + k on condition that it is
n, puts the events, and claims their ids. A process that loses the race for a head reads again.
"""

import random
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import epoch as seconds
from chalicelib.core.clock import new_id
from chalicelib.core.clock import now as clock_now
from chalicelib.core.groups import slices
from chalicelib.core.transactions import is_lost_race
from chalicelib.models.base import batch_get, connection
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.models.parsing import reason
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event, Stamped

# For a client that was disconnected longer, a new list is faster than a replay.
RETENTION: Final = timedelta(hours=24)
# Messages to a user are stored until a device of the user connects.
USER_RETENTION: Final = timedelta(days=7)

# A stream repeats a record for at most a day; the claim must last longer.
_CLAIM_RETENTION: Final = timedelta(hours=48)
# DynamoDB's limits for a transaction: 100 items and 4 MB, of which keys and heads need little.
_MOST_ITEMS: Final = 100
_MOST_BYTES: Final = 3_500_000
# DynamoDB's limit for one batch of reads.
_MOST_KEYS: Final = 100
_ATTEMPTS: Final = 12
_LONGEST_PAUSE: Final = 0.4


class LogContended(RuntimeError):
    """Other processes moved the heads at every attempt; the batch must be repeated."""


class Head(Struct, frozen=True):
    """The end of a channel's log: the number of its newest event, and the epoch of its numbers."""

    cursor: int
    epoch: str


def append(
    events: Sequence[Event],
    *,
    now: Callable[[], datetime] = clock_now,
    pause: Callable[[float], None] = time.sleep,
    attempts: int = _ATTEMPTS,
) -> list[Stamped]:
    """Logs events in order and returns them with their numbers; an event that is already logged has the old ones.

    attempts: of each transaction, before it raises LogContended.
    """
    stamped: list[Stamped] = []
    for chunk in _chunks(events):
        stamped += _append_chunk(chunk, now, pause, attempts)
    return stamped


def heads(tenant_id: str, channels: Collection[str], *, consistent: bool = True) -> dict[str, Head]:
    """The heads of channels. Creates missing ones, so that a channel's epoch is known before its first event.

    consistent: False costs half and may be some milliseconds old.
    """
    table = str(ChannelLog.Meta.table_name)
    keys = {name: channel_key(tenant_id, name) for name in channels}
    found: dict[str, Head] = {}
    for some in slices(sorted(keys.values()), _MOST_KEYS):
        found |= _heads(batch_get({table: _head_keys(some, consistent=consistent)})[table])
    return {name: found.get(key) or _new_head(tenant_id, name) for name, key in keys.items()}


def _append_chunk(
    events: Sequence[Event], now: Callable[[], datetime], pause: Callable[[float], None], attempts: int
) -> list[Stamped]:
    for attempt in range(attempts):
        heads_by_key, claims = _read(events)
        new = list({_claim_key(event): event for event in events if _claim_key(event) not in claims}.values())
        numbered, moved = _numbered(new, heads_by_key)
        if new:
            try:
                _write(numbered, heads_by_key, moved, now())
            except TransactWriteError as error:
                if not is_lost_race(error):
                    raise
                pause(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311
                continue
        cursors: dict[str, Mapping[str, int]] = {_claim_key(each.event): each.cursors for each in numbered}
        cursors |= claims
        return [Stamped(event, cursors[_claim_key(event)]) for event in events]
    raise LogContended(f"{attempts} tries")


def _read(events: Sequence[Event]) -> tuple[dict[str, Head], dict[str, dict[str, int]]]:
    """The heads of all channels of the events, and the claims of events that are already logged: one call."""
    log, claims = str(ChannelLog.Meta.table_name), str(EventClaim.Meta.table_name)
    rows_to_read = {
        log: _head_keys({channel_key(event.tenant_id, name) for event in events for name in event.channels}),
        claims: {
            "Keys": [{"event_key": {"S": key}} for key in sorted({_claim_key(event) for event in events})],
            "ConsistentRead": True,
        },
    }
    found = batch_get(rows_to_read)
    claimed = EventClaim.readable(found[claims])
    return _heads(found[log]), {
        claim.event_key: msgspec.json.decode(claim.cursors, type=dict[str, int]) for claim in claimed
    }


def _numbered(events: Iterable[Event], before: Mapping[str, Head]) -> tuple[list[Stamped], dict[str, Head]]:
    """The events with their numbers, and the new heads."""
    after: dict[str, Head] = {}
    stamped = []
    for event in events:
        cursors = {}
        for channel in event.channels:
            key = channel_key(event.tenant_id, channel)
            head = after.get(key) or before.get(key) or Head(0, new_id())
            after[key] = Head(head.cursor + 1, head.epoch)
            cursors[channel] = after[key].cursor
        stamped.append(Stamped(event, cursors))
    return stamped, after


def _write(
    stamped: Sequence[Stamped], before: Mapping[str, Head], after: Mapping[str, Head], now: datetime
) -> None:
    with TransactWrite(connection=connection()) as write:
        for key, head in after.items():
            known = before.get(key)
            row = ChannelLog(key, 0, cursor=head.cursor, epoch=head.epoch)
            unmoved = (
                (ChannelLog.cursor == known.cursor) & (ChannelLog.epoch == known.epoch) if known else _no_head()
            )
            write.save(row, condition=unmoved)
        for each in stamped:
            body = encoded(each.event)
            for channel, number in each.cursors.items():
                key = channel_key(each.event.tenant_id, channel)
                expires_at = seconds(now + (USER_RETENTION if channel.startswith("user:") else RETENTION))
                row = ChannelLog(key, number, epoch=after[key].epoch, event=body, expires_at=expires_at)
                write.save(row)
            claim = EventClaim(
                _claim_key(each.event),
                cursors=msgspec.json.encode(each.cursors).decode(),
                expires_at=seconds(now + _CLAIM_RETENTION),
            )
            # An event whose claim is unreadable is logged again, because a repeated event is better than a lost
            # one.
            write.save(claim, condition=EventClaim.event_key.does_not_exist() | ~EventClaim.cursors.is_type())


def _new_head(tenant_id: str, channel: str) -> Head:
    key = channel_key(tenant_id, channel)
    row = ChannelLog(key, 0, cursor=0, epoch=new_id())
    if not row.save_if(_no_head()):
        # Another process was first. BatchGetItem, as elsewhere, so that this needs no further permission.
        table = str(ChannelLog.Meta.table_name)
        return _heads(batch_get({table: _head_keys((key,))})[table])[key]
    return Head(int(row.cursor or 0), str(row.epoch))


def _head_keys(keys: Collection[str], *, consistent: bool = True) -> dict[str, Any]:
    return {
        "Keys": [{"channel_key": {"S": key}, "seq": {"N": "0"}} for key in sorted(keys)],
        "ConsistentRead": consistent,
    }


def _heads(items: Iterable[dict[str, Any]]) -> dict[str, Head]:
    found = {}
    for item in items:
        if reason(ChannelLog, item, ("cursor", "epoch")) or "cursor" not in item:
            ChannelLog.unreadable(item).report()
        else:
            row = ChannelLog.from_raw_data(dict(item))
            found[row.channel_key] = Head(int(row.cursor or 0), row.epoch)
    return found


def _no_head() -> Condition:
    """The condition that a channel has no head, or an unreadable one, which is replaced and gets a new epoch.

    Otherwise an unreadable head would block its stream, also for other tenants.
    """
    return ChannelLog.channel_key.does_not_exist() | ~ChannelLog.cursor.is_type() | ~ChannelLog.epoch.is_type()


def _claim_key(event: Event) -> str:
    return f"{event.tenant_id}#{event.id}"


def _chunks(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """The events in groups that fit a transaction, each event with a claim, and a head and a row per channel."""
    chunk: list[Event] = []
    items = size = 0
    for event in events:
        own_items = 2 * len(event.channels) + 1
        # An upper bound, because the event is compressed when it is written.
        own_size = len(event.channels) * len(msgspec.json.encode(event))
        if chunk and (items + own_items > _MOST_ITEMS or size + own_size > _MOST_BYTES):
            yield chunk
            chunk, items, size = [], 0, 0
        chunk.append(event)
        items += own_items
        size += own_size
    if chunk:
        yield chunk


def encoded(event: Event) -> bytes:
    """An event as stored in a row of the log."""
    # Orders in JSON shrink to a third, and so does the cost of writing, storing and reading them.
    return zlib.compress(msgspec.json.encode(event), level=1)


def decoded(row: ChannelLog) -> Event:
    """The event of a row of the log. Raises Unreadable."""
    try:
        return msgspec.json.decode(zlib.decompress(row.event or b""), type=Event)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise row.undecodable("event") from error
