"""Function `record_metrics`, each hour."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.core.logs import bind, log
from chalicelib.monitoring import hourly

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.HOURS), name="record_metrics")
def record_metrics(event: CloudWatchEvent) -> None:
    """Stores the totals of the hour. It may run repeatedly: an hour has one row."""
    bind(event.event_id)
    row = hourly.record(now())
    counts = {"connections": row.connections, "sent": row.sent, "failed": row.failed}
    log.info("hour_recorded", extra={"hour": row.at, **counts})
