"""Records providers' receipts, which report whether an SMS reached the phone."""

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.auth.links import RECEIPT, open_link
from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.models.notification import Notification
from chalicelib.sms.providers.base import Receipt


def record_receipt(code: str, receipt: Receipt, now: datetime) -> None:
    """Writes the receipt into its row. Raises NotFound for an unknown code.

    A delivery is final and replaces any status. A failure is written unless the SMS was delivered. A receipt for
    an earlier sending with another key is ignored.
    """
    link = open_link(code, {RECEIPT}, now)
    actions: list[Action] = [Notification.updated_at.set(clock.wire(now))]
    if receipt.message_id is not None:
        actions.append(Notification.provider_message_id.set(receipt.message_id))
    row = Notification.get(link.tenant_id, link.subject, consistent_read=True)
    unless = Notification.status.is_in("delivered", "skipped")
    if receipt.outcome == "delivered":
        actions += [
            *row.becomes("delivered"),
            Notification.delivered_at.set(clock.wire(now)),
            Notification.error.remove(),
            Notification.maybe_delivered.remove(),
        ]
    elif receipt.outcome == "failed":
        actions += [*row.becomes("failed"), Notification.error.set(receipt.reason or "receipt")]
        actions.append(Notification.maybe_delivered.remove())
        unless = Notification.status.is_in("delivered", "skipped", "queued", "sending")
    else:
        return
    if row.update_if(actions, (Notification.receipt_code == code) & ~unless):
        log.info("sms_receipt", extra={"notification_id": row.id, "status": row.status, "error": row.error})
