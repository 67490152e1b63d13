"""Replays the events that a client missed: those of a channel's log after its cursor.

Publishing appends to the log, *then* reads the subscriptions, then posts. Subscribing writes the subscription,
*then* reads the log. So an event that is not in a new subscriber's replay is posted to the subscriber.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from chalicelib.core.clock import epoch as seconds
from chalicelib.core.clock import now as clock_now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.log import Head, decoded, heads

# For a client that missed more, a new list is faster than a replay.
MOST_REPLAYED: Final = 300
# Bytes of the events' JSON. Lambda's answers have at most 6 MB, and reading and posting more takes seconds.
MOST_REPLAYED_BYTES: Final = 5 * 1024 * 1024


class Replay(Struct, frozen=True):
    """The events of a channel after a cursor.

    recovered: whether `events` has all of them up to head.cursor; otherwise it is empty. more: whether they were
    cut at MOST_REPLAYED_BYTES; head.cursor is then the number of the last one, not the end of the log.
    """

    head: Head
    recovered: bool
    events: tuple[Stamped, ...] = ()
    more: bool = False


class _Entry(Struct, frozen=True):
    """A row of the log, and its event."""

    row: ChannelLog
    event: Event


def replay(
    tenant_id: str,
    channel: str,
    since: int,
    epoch: str | None,
    *,
    now: Callable[[], datetime] = clock_now,
) -> Replay:
    """The events after `since`, in order; empty if some have expired or if there are too many.

    One query if there is something to replay, whatever the log's length. The newest row counts as the head: an
    event that is appended later is posted to the subscriber. epoch: the client's; if it is not the log's, nothing
    is recovered.
    """
    try:
        return _replay(tenant_id, channel, since, epoch, now())
    except Unreadable as error:
        error.report()
        return Replay(heads(tenant_id, (channel,))[channel], recovered=False)


def _replay(tenant_id: str, channel: str, since: int, epoch: str | None, now: datetime) -> Replay:
    """Raises Unreadable for an event that cannot be decoded."""
    entries, more = _after(tenant_id, channel, since)
    if not entries:
        head = heads(tenant_id, (channel,))[channel]
        if since == head.cursor and epoch in (None, head.epoch):
            return Replay(head, recovered=True)
        # If the head is higher, events came after the first read, or all have expired.
        entries, more = _after(tenant_id, channel, since) if since < head.cursor else (entries, more)
    rows = [entry.row for entry in entries]
    if not _is_whole(rows, since, epoch, now):
        return Replay(heads(tenant_id, (channel,))[channel], recovered=False)
    events = tuple(Stamped(entry.event, {channel: int(entry.row.seq)}) for entry in entries)
    return Replay(Head(int(rows[-1].seq), rows[-1].epoch), True, events, more)


def _after(tenant_id: str, channel: str, since: int) -> tuple[list[_Entry], bool]:
    """The entries after `since`, up to a replay's limits, and whether bytes were the limit. Raises Unreadable."""
    entries: list[_Entry] = []
    if since < 0:
        return entries, False
    left = MOST_REPLAYED_BYTES
    key = channel_key(tenant_id, channel)
    # DynamoDB returns pages of 1 MB; a page that is not used is not read.
    for row in ChannelLog.query(key, ChannelLog.seq > since, consistent_read=True, limit=MOST_REPLAYED + 1):
        entry = _Entry(row, decoded(row))
        left -= len(msgspec.json.encode(entry.event))
        if entries and left < 0:
            return entries, True
        entries.append(entry)
    return entries, False


def _is_whole(rows: Sequence[ChannelLog], since: int, epoch: str | None, now: datetime) -> bool:
    """Whether the rows are all events after `since`.

    TTL removes rows late and in any order, so expired rows are treated as deleted. Any gap means False.
    """
    numbers = [int(row.seq) for row in rows if row.expires_at > seconds(now)]
    epochs = {row.epoch for row in rows} | ({epoch} if epoch else set())
    return (
        0 < len(rows) <= MOST_REPLAYED
        and numbers == list(range(since + 1, since + 1 + len(rows)))
        and len(epochs) == 1
    )
