"""How far the stream handlers are behind, for `/v1/health`: one small write every few seconds, not per batch."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from chalicelib.clock import epoch, now, wire
from chalicelib.models.system_metric import SystemMetric

# A health page that is ten seconds old is young enough, and a write per batch would double the cost of an event.
_EVERY: Final = timedelta(seconds=10)
_KEPT: Final = timedelta(days=1)


@cache
def noted_at() -> dict[str, datetime]:
    """When this process last noted a stream's lag."""
    return {}


def note_lag(stream: str, newest: datetime) -> int:
    """Stores the age of the newest record of a batch, in ms, and returns it.

    newest: when it was written, to the second on AWS.
    """
    moment = now()
    lag_ms = max(0, round((moment - newest).total_seconds() * 1000))
    before = noted_at().get(stream)
    if before is None or moment - before >= _EVERY:
        noted_at()[stream] = moment
        at, end = wire(moment), epoch(moment + _KEPT)
        SystemMetric("stream_lag", stream, lag_ms=lag_ms, noted_at=at, expires_at=end).save()
    return lag_ms
