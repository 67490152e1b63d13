"""Messages to one user, in the channel `user:{id}`: stored until a device of the user has sent `seen`.

A new connection receives those that its user has not seen. Clients of older guides never send `seen`. For their
connections a heartbeat acknowledges, for that device only, the events counted in the answer to the previous
heartbeat.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import ROLES, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import epoch as seconds
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime import read_cursors
from chalicelib.realtime.channels import channel_key, parsed
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.log import Head, decoded, heads
from chalicelib.realtime.read_cursors import SEEN
from chalicelib.realtime.replay import MOST_REPLAYED, MOST_REPLAYED_BYTES

# By this time after an answer that counts an event, the event has been posted, if necessary by `fan_out`. Clients
# send a heartbeat every 30 seconds.
RECEIPT_AFTER: Final = timedelta(seconds=25)


class Unseen(Struct, frozen=True):
    """A user's stored events after the number `since`, in order."""

    since: int
    events: tuple[Stamped, ...] = ()


def own_channel(who: Connection | Principal) -> str | None:
    """The channel of the user's own messages; None for guests and displays, who are no users."""
    return f"user:{who.user_id}" if who.role in ROLES else None


@rule(roles=ROLES)
def accept_seen(principal: Principal, channel: str, cursor: int, epoch: str | None, *, now: datetime) -> Head:
    """Records that the user has seen the events of their channel up to a cursor; returns the stored cursor.

    A cursor beyond the log's end counts as its end. epoch: the client's; a cursor of another epoch is ignored.
    Raises Invalid for an unknown channel, and Forbidden `channel_forbidden`.
    """
    parsed(channel)
    if channel != own_channel(principal):
        raise Forbidden(f"{channel} is not the channel of your own messages.", code=ErrorCode.CHANNEL_FORBIDDEN)
    head = heads(principal.tenant_id, (channel,))[channel]
    reached = Head(min(cursor, head.cursor), head.epoch)
    if reached.cursor > 0 and epoch in (None, head.epoch):
        read_cursors.advance(principal.tenant_id, principal.user_id, SEEN, reached, now)
    stored = read_cursors.highest(principal.tenant_id, principal.user_id, (SEEN,), head.epoch)
    return Head(stored, head.epoch)


def declare_seen(row: Connection) -> None:
    """Records that the connection's client sends `seen`; its heartbeats then acknowledge nothing."""
    if not row.sends_seen:
        _update(row, [Connection.sends_seen.set(True)])


def record_receipt(row: Connection, head: Head, *, now: datetime) -> None:
    """Handles a heartbeat of a client. head: of the user's channel, as in the answer.

    Writes only if the channel has new events: first the answer's cursor, and at a later heartbeat that the device
    has received these events.
    """
    if row.sends_seen:
        return
    answered = Head(int(row.answered_cursor or 0), row.answered_epoch or head.epoch)
    is_same_log = answered.epoch == head.epoch
    if is_same_log and row.answered_at is not None:
        if seconds(now) - row.answered_at < RECEIPT_AFTER.total_seconds():
            return
        read_cursors.advance(row.tenant_id, row.user_id, row.session_id, answered, now)
        _update(row, [Connection.answered_at.remove()])
    # Heads are read eventually consistently: a lower one is an older one.
    if not is_same_log or head.cursor > answered.cursor:
        _update(
            row,
            [
                Connection.answered_cursor.set(head.cursor),
                Connection.answered_epoch.set(head.epoch),
                Connection.answered_at.set(seconds(now)),
            ],
        )


def unseen(row: Connection, head: Head, *, now: datetime) -> Unseen:
    """The stored events up to the head that the user has not seen and the device has not received.

    Later events reach the connection live, because its subscription was written before the head was read. Limited
    to the number and bytes of a replay, the oldest first. Unreadable events are omitted.
    """
    if head.cursor == 0:
        return Unseen(0)
    known = read_cursors.highest(row.tenant_id, row.user_id, {SEEN, row.session_id}, head.epoch)
    since = max(known, head.cursor - MOST_REPLAYED)
    events = _stored(row, since, head, now) if since < head.cursor else ()
    return Unseen(next(iter(events[0].cursors.values())) - 1 if events else head.cursor, events)


def _stored(row: Connection, since: int, head: Head, now: datetime) -> tuple[Stamped, ...]:
    channel = f"user:{row.user_id}"
    key = channel_key(row.tenant_id, channel)
    found: list[Stamped] = []
    left = MOST_REPLAYED_BYTES
    for entry in ChannelLog.query(key, ChannelLog.seq.between(since + 1, head.cursor), consistent_read=True):
        # TTL removes rows late, and a log with a new epoch may still have rows of the old one.
        if entry.epoch != head.epoch or entry.expires_at is None or entry.expires_at <= seconds(now):
            continue
        event = _decoded(entry)
        if event is None:
            continue
        left -= len(msgspec.json.encode(event))
        if found and left < 0:
            break
        found.append(Stamped(event, {channel: int(entry.seq)}))
    return tuple(found)


def _decoded(entry: ChannelLog) -> Event | None:
    try:
        return decoded(entry)
    except Unreadable as error:
        error.report()
        return None


def _update(row: Connection, actions: list[Action]) -> None:
    """Changes a connection if its row still exists."""
    row.update_if(actions, Connection.connection_id.exists())
