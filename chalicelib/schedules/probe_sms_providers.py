"""Function `probe_sms_providers`, each minute.

A function of its own: it is in the VPC that `send_sms` is in, as providers may accept registered addresses only.
"""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.core.clock import now
from chalicelib.core.logs import bind
from chalicelib.sms.probes import probe_providers

bp = Blueprint(__name__)


@bp.schedule(Rate(1, unit=Rate.MINUTES), name="probe_sms_providers")
def probe_sms_providers(event: CloudWatchEvent) -> None:
    """Asks the providers of texts whether they are well. Harmless when repeated: at most one probe a minute."""
    bind(event.event_id)
    probe_providers(now())
