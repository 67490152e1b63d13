"""Function `probe_sms_providers`, each minute.

A separate function, because it is in the VPC of `send_sms`: providers may accept registered IP addresses only.
"""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.core.logs import bind
from chalicelib.sms.probes import probe_providers

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.MINUTES), name="probe_sms_providers")
def probe_sms_providers(event: CloudWatchEvent) -> None:
    """Probes the SMS providers. It may run repeatedly: there is at most one probe a minute."""
    bind(event.event_id)
    probe_providers(now())
