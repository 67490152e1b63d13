"""The hourly totals of the platform, one row of `system_metrics` each, stored for 400 days."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import epoch, hour_of, wire
from chalicelib.core.logs import log
from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring.figures import Figures, metrics_of_hours
from chalicelib.monitoring.stream_health import slowest_of
from chalicelib.realtime import connections
from chalicelib.sms import stats

METRIC: Final = "hourly"

# The daily counters of SMS are stored as long.
_RETENTION: Final = timedelta(days=400)


def record(
    now: datetime,
    *,
    count: Callable[[], int] = connections.count,
    measure: Callable[[datetime], Mapping[str, Figures]] = metrics_of_hours,
) -> SystemMetric:
    """Writes the row of the current hour, replacing that of an earlier run, and the metrics of the hour before.

    connections: open now. sent, failed: SMS of the day so far; the day is that of `stats`. figures: the metrics;
    they do not change if CloudWatch does not answer.
    """
    hour, end = hour_of(now), SystemMetric.expires_at.set(epoch(now + _RETENTION))
    figures = _measured(now, measure)
    for each, found in figures.items():
        if each != hour:
            SystemMetric(METRIC, each).update([_set(found), end])
    texts = stats.today(lambda: now)
    row = SystemMetric(METRIC, hour)
    row.update(
        [
            SystemMetric.connections.set(count()),
            SystemMetric.sent.set(texts.sent),
            SystemMetric.failed.set(texts.failed),
            SystemMetric.noted_at.set(wire(now)),
            *([_set(figures[hour])] if hour in figures else []),
            end,
        ]
    )
    return row


@rule(roles=STAFF)
def latest(_principal: Principal, *, most: int) -> list[SystemMetric]:
    """The rows of the latest hours, oldest first."""
    return list(SystemMetric.query(METRIC, scan_index_forward=False, limit=most))[::-1]


def figures_of(row: SystemMetric) -> Figures | None:
    """The metrics of a row; None if it has none that can be parsed."""
    if row.figures is None:
        return None
    try:
        return msgspec.json.decode(row.figures, type=Figures)
    except msgspec.MsgspecError:
        row.undecodable("figures").report()
        return None


def _set(figures: Figures) -> Action:
    return SystemMetric.figures.set(msgspec.json.encode(figures).decode())


def _measured(now: datetime, measure: Callable[[datetime], Mapping[str, Figures]]) -> Mapping[str, Figures]:
    try:
        found = measure(now)
    except (BotoCoreError, ClientError):
        log.warning("hours_metrics_unknown", exc_info=True)
        return {}
    return {
        hour: msgspec.structs.replace(figures, stream_lag_ms=slowest_of(hour)) for hour, figures in found.items()
    }
