"""The hour's figures of the whole platform, kept for a year and some: one row of `system_metrics` each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.clock import epoch, wire
from chalicelib.logs import log
from chalicelib.models.system_metric import SystemMetric
from chalicelib.realtime import connections
from chalicelib.sms import stats

METRIC: Final = "hourly"

# As long as the daily counters of texts.
_KEPT: Final = timedelta(days=400)


def hour_of(moment: datetime) -> str:
    """The hour that an instant lies in, UTC: `2026-11-22T04:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H}:00Z"


def record(now: datetime, *, count: Callable[[], int] = connections.count) -> SystemMetric:
    """Writes the row of the present hour, over the one of an earlier run in it.

    connections: open ones, now. sent, failed: texts, of the day so far; the day is that of `stats`.
    """
    texts = stats.today(lambda: now)
    row = SystemMetric(
        METRIC,
        hour_of(now),
        connections=count(),
        sent=texts.sent,
        failed=texts.failed,
        noted_at=wire(now),
        expires_at=epoch(now + _KEPT),
    )
    row.save()
    log.info(
        "hour_recorded",
        extra={"hour": row.at, "connections": row.connections, "sent": row.sent, "failed": row.failed},
    )
    return row
