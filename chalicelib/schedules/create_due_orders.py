"""Function `create_due_orders`, each hour."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.recurring.due import create_due

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.HOURS), name="create_due_orders")
def create_due_orders(event: CloudWatchEvent) -> None:
    """Makes the orders of due templates. It may run repeatedly, late or concurrently."""
    create_due(now(), correlation_id=event.event_id)
