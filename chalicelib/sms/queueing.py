"""From an order's new status to a row in the history and a message on the queue.

Runs for each stream record, which may come again. The row's id is made of order, status and template, and is
put only if absent: however often the record comes, and also when the order reaches the status a second time
(failed, then confirmed again), there is one text.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from pynamodb.exceptions import PutError

from chalicelib import aws, clock
from chalicelib.logs import log
from chalicelib.models.base import condition_failed
from chalicelib.models.customer import Customer
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.phones import can_receive_sms, normalise
from chalicelib.settings import settings
from chalicelib.sms.providers import has_provider
from chalicelib.sms.segments import segments
from chalicelib.sms.templates import order_values, render, template_for


class QueuedSms(msgspec.Struct, frozen=True):
    """A message on the queue: which row of the history to send, and what it is logged under."""

    tenant_id: str
    notification_id: str
    correlation_id: str


def put_on_queue(message: QueuedSms) -> None:
    """Sends one message to SQS."""
    body = msgspec.json.encode(message).decode()
    aws.client("sqs").send_message(QueueUrl=settings().sms_queue_url, MessageBody=body)


def queue_sms(
    order: Order,
    tenant: Tenant,
    correlation_id: str,
    *,
    put: Callable[[QueuedSms], None] = put_on_queue,
    now: Callable[[], datetime] = clock.now,
) -> Notification | None:
    """Queues the text for the status that `order` has just reached; the row, or None when none is due.

    The caller has checked that the status is new and that the change notifies. May be called again for the same
    status at any time, and must be after it raised.
    """
    template = template_for(tenant, order.status)
    if template is None:
        return None
    row = _row(order, tenant, correlation_id, template, clock.wire(now()))
    try:
        row.save(condition=Notification.id.does_not_exist())
    except PutError as error:
        if not condition_failed(error):
            raise
        # Whoever made the row may have died before the next line. Its message may also be on the queue already:
        # a second one is harmless, because a row is claimed before it is sent.
        row = Notification.get(row.tenant_id, row.id, consistent_read=True)
    if row.status == "queued":
        put(QueuedSms(row.tenant_id, row.id, row.correlation_id))
    log.info(
        "sms_queued" if row.status == "queued" else "sms_not_queued",
        extra={"notification_id": row.id, "status": row.status, "error": row.error, "recipient": row.recipient},
    )
    return row


def _row(order: Order, tenant: Tenant, correlation_id: str, template: str, at: str) -> Notification:
    recipient, reason = _recipient(order.customer_phone)
    if not has_provider(tenant):
        reason = "no_provider"
    elif reason is None and _opted_out(order):
        reason = "opted_out"
    content = render(template, order_values(order))
    # A tenant has one template per status, named like it.
    name = order.status
    return Notification(
        tenant_id=order.tenant_id,
        id=f"{order.id}.{order.status}.{name}",
        order_id=order.id,
        template=name,
        recipient=recipient,
        content=content,
        segments=segments(content),
        status="queued" if reason is None else "skipped",
        error=reason,
        correlation_id=correlation_id,
        created_at=at,
        updated_at=at,
    )


def _recipient(phone: str | None) -> tuple[str | None, str | None]:
    """The number as E.164, if it is one, and why it gets no SMS, if it does not."""
    if not phone:
        return None, "no_phone"
    try:
        number = normalise(phone)
    except ValueError:
        return None, "invalid_phone"
    return number, None if can_receive_sms(number) else "landline"


def _opted_out(order: Order) -> bool:
    if order.customer_id is None:
        return False
    try:
        # Consistent: who has just said no must not get one more.
        customer = Customer.get(order.tenant_id, order.customer_id, consistent_read=True)
    except Customer.DoesNotExist:
        return False
    return bool(customer.sms_opt_out)
