"""Function `notify_overdue`, every five minutes."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.realtime import overdue

bp = Blueprint(__name__)


@bp.schedule(Rate(5, unit=Rate.MINUTES), name="notify_overdue")
def notify_overdue(event: CloudWatchEvent) -> None:
    """Notifies each tenant's office of overdue orders. It may run repeatedly, late or concurrently."""
    overdue.notify(now(), correlation_id=event.event_id)
