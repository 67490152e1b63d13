"""What the clock starts: nothing here waits for a request or an event."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib import hourly
from chalicelib.clock import now
from chalicelib.logs import bind, log
from chalicelib.realtime.sweep import sweep
from chalicelib.recurring.due import create_due
from chalicelib.stream_health import record_sources

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_connections")
def sweep_connections(event: CloudWatchEvent) -> None:
    """Ends connections that are silent, expired or one too many, and sends those that must reconnect a notice.

    Asks how the streams fare, too. Harmless when repeated.
    """
    bind(event.event_id)
    record_sources(now())
    sweep(now())


# A function of its own: it stands where `send_sms` stands, as providers may accept registered addresses only.
@bp.schedule(Rate(1, unit=Rate.MINUTES), name="probe_sms_providers")
def probe_sms_providers(event: CloudWatchEvent) -> None:
    """Asks the providers of texts whether they are well. Harmless when repeated: at most one probe a minute."""
    # Here and below: app.py imports this module for every function, and one of them uses these.
    from chalicelib.sms.probes import probe_providers  # noqa: PLC0415

    bind(event.event_id)
    probe_providers(now())


@bp.schedule(Rate(1, unit=Rate.HOURS), name="create_due_orders")
def create_due_orders(event: CloudWatchEvent) -> None:
    """Makes the orders of templates whose date has come. Harmless when repeated, late or doubled."""
    create_due(now(), correlation_id=event.event_id)


@bp.schedule(Rate(5, unit=Rate.MINUTES), name="notify_overdue")
def notify_overdue(event: CloudWatchEvent) -> None:
    """Notifies each business's office of its overdue orders. Harmless when repeated, late or doubled."""
    from chalicelib.realtime import overdue  # noqa: PLC0415

    overdue.notify(now(), correlation_id=event.event_id)


@bp.schedule(Rate(1, unit=Rate.HOURS), name="record_metrics")
def record_metrics(event: CloudWatchEvent) -> None:
    """Notes the hour's figures. Harmless when repeated: an hour has one row."""
    bind(event.event_id)
    row = hourly.record(now())
    counts = {"connections": row.connections, "sent": row.sent, "failed": row.failed}
    log.info("hour_recorded", extra={"hour": row.at, **counts})
