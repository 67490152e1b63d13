"""Function `sweep_connections`, each minute."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.core.logs import bind
from chalicelib.monitoring.stream_health import record_sources
from chalicelib.realtime.sweep import sweep

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_connections")
def sweep_connections(event: CloudWatchEvent) -> None:
    """Ends connections that are silent, expired or one too many, and sends those that must reconnect a notice.

    Asks how the streams fare, too. Harmless when repeated.
    """
    bind(event.event_id)
    record_sources(now())
    sweep(now())
