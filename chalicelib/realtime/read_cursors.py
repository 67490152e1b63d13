"""Users' positions in their own channel. A cursor never decreases, unless the log has another epoch."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.clock import epoch as seconds
from chalicelib.models.base import batch_get
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.realtime.log import USER_RETENTION, Head

# The `device` of the cursor that all devices of a user share.
SEEN: Final = "seen"
# After this time all events before a cursor have expired.
_STORED_FOR: Final = USER_RETENTION + timedelta(days=1)


def highest(tenant_id: str, user_id: str, devices: Collection[str], epoch: str) -> int:
    """The highest cursor of these devices for this epoch; 0 for none."""
    table = str(ReadCursor.Meta.table_name)
    key = user_key(tenant_id, user_id)
    keys = [{"user_key": {"S": key}, "device": {"S": device}} for device in devices]
    rows = ReadCursor.readable(batch_get({table: {"Keys": keys, "ConsistentRead": True}})[table])
    return max((int(row.cursor) for row in rows if row.epoch == epoch), default=0)


def advance(tenant_id: str, user_id: str, device: str, to: Head, now: datetime) -> None:
    """Stores a device's cursor. One that is not higher than the stored one changes nothing."""
    stored, epoch = ReadCursor.cursor, ReadCursor.epoch
    # Also true if the row is missing or unreadable.
    moves = ~stored.is_type() | ~epoch.is_type() | (epoch != to.epoch) | (stored < to.cursor)
    ReadCursor(user_key(tenant_id, user_id), device).update_if(
        [stored.set(to.cursor), epoch.set(to.epoch), ReadCursor.expires_at.set(seconds(now + _STORED_FOR))],
        moves,
    )


def user_key(tenant_id: str, user_id: str) -> str:
    """The key under which a user's cursors are stored."""
    return f"{tenant_id}#{user_id}"
