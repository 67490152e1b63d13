"""Queues the SMS for an order's new status: writes a row in the history and a message on the queue.

It runs for each stream record, which may be repeated. The row's id is made of order, status and template, and the
row is put only if absent. So there is one SMS, however often the record comes, and also if the order reaches the
status a second time (failed, then confirmed again).

If a customer's login made or cancelled the order, the SMS goes to the number in the customer's row and contains no
text typed by the customer. Otherwise a login could send its own words to any mobile phone in the tenant's name.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.auth.links import OPT_OUT, TRACK, link_url, new_code, store_link
from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.core.phones import can_receive_sms, normalised
from chalicelib.models.customer import Customer
from chalicelib.models.notification import Notification, status_key
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.caps import CAPS, CapReached, caps_of, write_counted
from chalicelib.sms.opt_outs import opted_out
from chalicelib.sms.own_templates import texts_of
from chalicelib.sms.providers import has_provider
from chalicelib.sms.queue import QueuedSms, message_for, put_on_queue
from chalicelib.sms.retention import expires_at
from chalicelib.sms.segments import segments
from chalicelib.sms.templates import order_values, render, sample_link, variables_in

# By variable: the purpose of its link and how long it is valid. A tracking link outlasts the order; a customer may
# opt out for a year.
_LINKS: Final = {
    "tracking_url": (TRACK, timedelta(days=60)),
    "opt_out_url": (OPT_OUT, timedelta(days=365)),
}


def queue_sms(
    order: Order,
    tenant: Tenant,
    correlation_id: str,
    *,
    put: Callable[[QueuedSms], None] = put_on_queue,
    now: Callable[[], datetime] = clock.now,
) -> Notification | None:
    """Queues the SMS for the status that `order` has just reached. Returns its row, or None if none is due.

    The caller has checked that the status is new and that the change notifies. It may be called again for the same
    status at any time, and must be called again after it raised.
    """
    texts = texts_of(tenant)
    if not texts.cover(order.status):
        return None
    customer = customer_of(order)
    chosen = texts.choose(order.status, customer.language if customer is not None else None)
    if chosen is None:
        return None
    at = now()
    row = _row(order, tenant, customer, chosen, correlation_id, at)
    if not _added(row, order, tenant, at):
        # An earlier call may have died before it sent the message. A second message does no harm, because a row is
        # claimed before it is sent.
        row = Notification.get(row.tenant_id, row.id, consistent_read=True)
    if row.status == "queued":
        put(message_for(row))
    log.info(
        "sms_queued" if row.status == "queued" else "sms_not_queued",
        extra={"notification_id": row.id, "status": row.status, "error": row.error, "recipient": row.recipient},
    )
    return row


def recipient_of(order: Order, tenant: Tenant, customer: Customer | None) -> tuple[str | None, str | None]:
    """The order's number as E.164, if it is valid, and the reason if no SMS may be sent to it.

    If a customer's login made or cancelled the order: the number of the customer's row.
    """
    own_only = order.customer_login is not None
    own_phone = None if customer is None else customer.phone
    number, reason = _number(own_phone if own_only else order.customer_phone)
    if own_only and reason == "no_phone":
        reason = "no_own_phone"
    if not has_provider(tenant):
        reason = "no_provider"
    elif reason is None and number is not None:
        # The customer's opt-out counts for any number of the order.
        out = (customer is not None and customer.sms_opt_out) or opted_out(order.tenant_id, number)
        reason = "opted_out" if out else None
    return number, reason


def _added(row: Notification, order: Order, tenant: Tenant, now: datetime) -> bool:
    """Writes a new row, as `skipped` if it exceeds a cap. Returns False if the row already exists."""
    is_new = Notification.id.does_not_exist()
    if row.status == "queued":
        caps = caps_of(order, tenant, row.recipient, now)
        try:
            return write_counted(lambda transaction: transaction.save(row, condition=is_new), caps, now)
        except CapReached as cap:
            row.status, row.error = "skipped", cap.reason
            row.status_key = status_key("skipped", row.created_at)
    if not row.save_if(is_new):
        return False
    if row.error in CAPS:
        log.warning("sms_capped", extra={"notification_id": row.id, "reason": row.error, **measured(SmsCapped=1)})
    return True


def _row(
    order: Order,
    tenant: Tenant,
    customer: Customer | None,
    chosen: tuple[str, str],
    correlation_id: str,
    now: datetime,
) -> Notification:
    template, language = chosen
    recipient, reason = recipient_of(order, tenant, customer)
    values = order_values(order, language, customer)
    for variable in variables_in(template) & _LINKS.keys():
        values[variable] = _link(variable, order, recipient, now) if reason is None else sample_link()
    content = render(template, values, language)
    status = "queued" if reason is None else "skipped"
    # A tenant has one template per status, with the status as its name, in several languages.
    row_id = f"{order.id}.{order.status}.{order.status}"
    at = clock.wire(now)
    return Notification(
        tenant_id=order.tenant_id,
        id=row_id,
        order_id=order.id,
        order_number=order.order_number,
        template=order.status,
        language=language,
        recipient=recipient,
        content=content,
        segments=segments(content),
        status=status,
        status_key=status_key(status, at),
        error=reason,
        queued_at=clock.epoch(now),
        idempotency_key=row_id,
        receipt_code=new_code(),
        correlation_id=correlation_id,
        created_at=at,
        updated_at=at,
        expires_at=expires_at(tenant, at),
    )


def _link(variable: str, order: Order, recipient: str | None, now: datetime) -> str:
    purpose, lasts = _LINKS[variable]
    code = new_code()
    subject = order.id if purpose == TRACK else recipient or ""
    store_link(code, purpose, order.tenant_id, subject, customer_id=order.customer_id, lasts=lasts, now=now)
    return link_url(code)


def _number(phone: str | None) -> tuple[str | None, str | None]:
    if not phone:
        return None, "no_phone"
    number = normalised(phone)
    if not number:
        return None, "invalid_phone"
    return number, None if can_receive_sms(number) else "landline"


def customer_of(order: Order) -> Customer | None:
    """The order's customer, or None if it has none or the customer does not exist."""
    if order.customer_id is None:
        return None
    # Strongly consistent, so that no SMS is sent after an opt-out.
    return Customer.find(order.tenant_id, order.customer_id, consistent_read=True)
