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


def note_lag(stream: str, newest: datetime) -> None:
    """Stores the age of the newest record of a batch. newest: when it was written, to the second on AWS."""
    moment = now()
    before = noted_at().get(stream)
    if before is not None and moment - before < _EVERY:
        return
    noted_at()[stream] = moment
    SystemMetric(
        "stream_lag",
        stream,
        lag_ms=max(0, round((moment - newest).total_seconds() * 1000)),
        noted_at=wire(moment),
        expires_at=epoch(moment + _KEPT),
    ).save()
