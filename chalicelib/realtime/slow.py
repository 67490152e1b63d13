"""Connections whose last post timed out. For a while, the stream does not post to them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from msgspec import Struct

from chalicelib.core import clock
from chalicelib.core.recent import Recent

# For so long `fan_out` posts to a slow connection instead of the stream. Each direct attempt may cost a batch the
# time-out of a post: a quarter of a second every 20.
_AVOIDED: Final = timedelta(seconds=20)
# A time-out within this time after a direct attempt was due counts as the same slowness; a later one as a new one.
_CONTINUED: Final = timedelta(seconds=60)
_MOST: Final = 10_000


class _Mark(Struct, frozen=True):
    since: datetime
    until: datetime


class SlowConnections:
    """Connections that timed out, and since when. Limited in number; the oldest are dropped."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._marks: Recent[str, _Mark] = Recent(_MOST)

    def mark(self, connection_id: str) -> None:
        """Records that a post to the connection has just timed out."""
        now = self._now()
        before = self._marks.get(connection_id)
        since = before.since if before is not None and now <= before.until + _CONTINUED else now
        self._marks[connection_id] = _Mark(since, now + _AVOIDED)

    def clear(self, connection_id: str) -> None:
        """Records that the connection answered."""
        if self._marks:
            self._marks.pop(connection_id, None)

    def since(self, connection_id: str) -> int | None:
        """When the connection became slow, in epoch milliseconds; None if the stream may post to it."""
        mark = self._marks.get(connection_id)
        return None if mark is None or self._now() >= mark.until else clock.epoch_ms(mark.since)


@cache
def slow_connections() -> SlowConnections:
    """The slow connections of this process."""
    return SlowConnections()
