"""Function `sweep_connections`, each minute."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.core.logs import bind
from chalicelib.monitoring.stream_health import record_sources
from chalicelib.realtime.sweep import sweep

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_connections")
def sweep_connections(event: CloudWatchEvent) -> None:
    """Ends silent, expired and excess connections, and notifies clients that must reconnect.

    Also stores the state of the streams' event sources. It may run repeatedly.
    """
    bind(event.event_id)
    record_sources(now())
    sweep(now())
