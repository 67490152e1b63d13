"""Messages to one user, in the channel `user:{id}`: stored until a device of the user has sent `seen`.

A new connection receives those that its user has not seen. Clients of older guides never send `seen`: for their
connections a heartbeat counts as receipt, for that device alone, of what the heartbeat before has counted.
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

# So long after an answer that counts an event, the event itself has been posted, by `fan_out` if need be. Clients
# send a heartbeat every 30 seconds.
RECEIPT_AFTER: Final = timedelta(seconds=25)


class Unseen(Struct, frozen=True):
    """A user's stored events in their order: those after the number `since`."""

    since: int
    events: tuple[Stamped, ...] = ()


def own_channel(who: Connection | Principal) -> str | None:
    """The channel of the user's own messages; None for guests and displays, who are no users."""
    return f"user:{who.user_id}" if who.role in ROLES else None


@rule(roles=ROLES)
def accept_seen(principal: Principal, channel: str, cursor: int, epoch: str | None, *, now: datetime) -> Head:
    """Records that the user has seen the events of their channel up to a cursor; returns the stored cursor.

    A cursor beyond the log's end counts as its end. epoch: the client's; a cursor of another log is ignored.
    Raises Invalid for what is no channel, and Forbidden `channel_forbidden`.
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
    """Records that the connection's client sends `seen`: its heartbeats are no receipts from now on."""
    if not row.sends_seen:
        _update(row, [Connection.sends_seen.set(True)])


def record_receipt(row: Connection, head: Head, *, now: datetime) -> None:
    """Follows a heartbeat of a client. head: of the user's channel, as the answer has it.

    Writes only where the channel has moved: first what the answer says, and with a later heartbeat that the device
    has received it.
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
    # Heads are read eventually consistent: a lower one is an earlier one.
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
    """What is stored up to the head of the user's channel, not seen by the user and not received by the device.

    What comes after the head reaches the connection live: its subscription was written before the head was
    read. At most as many as a replay has; where they have more bytes, the first ones. Unreadable ones are left
    out.
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
        # TTL removes rows late, and a log that has restarted leaves those of the log before it.
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
    """Changes a connection that is still known."""
    row.update_if(actions, Connection.connection_id.exists())
