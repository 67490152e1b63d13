"""What a client missed: the part of a channel's log after its cursor.

Publishing appends to the log, *then* reads the subscriptions, then posts. Subscribing writes the subscription,
*then* reads the log. So an event that a new subscriber's replay does not hold finds the subscriber.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from chalicelib.clock import epoch as seconds
from chalicelib.clock import now as clock_now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Stamped
from chalicelib.realtime.log import Head, decoded, heads

# A client that missed more is quicker with a fresh list than with a replay.
MOST_REPLAYED: Final = 300


class Replay(Struct, frozen=True):
    """What a channel holds after a cursor. recovered: whether `events` is all of it; else it is empty."""

    head: Head
    recovered: bool
    events: tuple[Stamped, ...] = ()


def replay(
    tenant_id: str,
    channel: str,
    since: int,
    epoch: str | None,
    *,
    now: Callable[[], datetime] = clock_now,
) -> Replay:
    """What came after `since`, in order; nothing where it is not all there any more, or was too much.

    One read where there is something to replay, whatever the log's length: the newest row is the head. What is
    appended meanwhile and not seen yet goes to whoever has subscribed before. epoch: the client's; another than
    the log's recovers nothing.
    """
    rows = _after(tenant_id, channel, since)
    if not rows:
        head = heads(tenant_id, (channel,))[channel]
        if since == head.cursor and epoch in (None, head.epoch):
            return Replay(head, recovered=True)
        # Where the head is further, something came after the first read, or all of it has expired.
        rows = _after(tenant_id, channel, since) if since < head.cursor else rows
    if not _is_whole(rows, since, epoch, now()):
        return Replay(heads(tenant_id, (channel,))[channel], recovered=False)
    try:
        events = tuple(Stamped(decoded(row), {channel: int(row.seq)}) for row in rows)
    except Unreadable as error:
        error.report()
        return Replay(heads(tenant_id, (channel,))[channel], recovered=False)
    return Replay(Head(int(rows[-1].seq), rows[-1].epoch), True, events)


def _after(tenant_id: str, channel: str, since: int) -> Sequence[ChannelLog]:
    if since < 0:
        return []
    key = channel_key(tenant_id, channel)
    newer = ChannelLog.seq > since
    return list(ChannelLog.query(key, newer, consistent_read=True, limit=MOST_REPLAYED + 1))


def _is_whole(rows: Sequence[ChannelLog], since: int, epoch: str | None, now: datetime) -> bool:
    """Whether the rows are all that came after `since`.

    TTL removes rows late and in any order: an expired row counts as gone, and any gap as all of it.
    """
    numbers = [int(row.seq) for row in rows if row.expires_at > seconds(now)]
    epochs = {row.epoch for row in rows} | ({epoch} if epoch else set())
    return (
        0 < len(rows) <= MOST_REPLAYED
        and numbers == list(range(since + 1, since + 1 + len(rows)))
        and len(epochs) == 1
    )
