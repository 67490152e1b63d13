"""Sends SMS again that did not arrive: one chosen by staff, or all in the dead-letter queue after an outage."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.auth.links import new_code
from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import clock
from chalicelib.core.dead_letters import DeadLetters
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.logs import log
from chalicelib.core.settings import settings
from chalicelib.models.lookup import get_row
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.caps import Cap, CapReached, caps_of, write_counted
from chalicelib.sms.claims import has_died
from chalicelib.sms.outcomes import is_exhausted
from chalicelib.sms.providers.base import DEDUPES_FOR
from chalicelib.sms.queue import QueuedSms, message_for, put_on_queue
from chalicelib.sms.queueing import customer_of, recipient_of

# Well within API Gateway's 29 seconds. With more dead letters the client repeats the request.
_REDRIVE_SECONDS: Final = 15.0


@rule(roles=STAFF)
def resend(
    _principal: Principal,
    tenant: Tenant,
    notification_id: str,
    *,
    correlation_id: str,
    now: datetime,
    dedupes_for: Mapping[str, timedelta] = DEDUPES_FOR,
) -> Notification:
    """Queues an SMS that failed, was skipped or is unknown again, and returns its row. It may be repeated.

    It is sent to the order's current number and counts for the day's caps like a new one. If the SMS may have
    arrived, it has the old idempotency key, so that the provider drops a repeat. dedupes_for: how long each
    provider recognises one.

    Raises NotFound, or Conflict: `already_sent`, `already_queued`, `cannot_be_sent` (with the reason), and
    `may_have_arrived` if the provider would not recognise a repeat.
    """
    row = find(tenant.id, notification_id)
    if row.status in ("sent", "delivered"):
        raise Conflict(f"This text is {row.status}.", code=ErrorCode.ALREADY_SENT)
    if row.status == "sending" and not has_died(row, now):
        raise Conflict("This text is being sent at this moment.", code=ErrorCode.ALREADY_QUEUED)
    if row.status != "queued":
        order = _order(row)
        recipient = _recipient(order, tenant)
        changes = _changes(row, recipient, tenant, now, dedupes_for)
        _requeue(row, changes, correlation_id, now, caps=caps_of(order, tenant, recipient, now))
    # Also for a queued row: an earlier call may have died before it sent the message.
    put_on_queue(message_for(row))
    log.info("sms_resent", extra={"notification_id": row.id})
    return row


@rule(roles=STAFF)
def get_notification(principal: Principal, notification_id: str) -> Notification:
    """The row. Raises NotFound."""
    return find(principal.tenant_id, notification_id)


def find(tenant_id: str, notification_id: str) -> Notification:
    """The row. Raises NotFound."""
    return get_row(Notification, tenant_id, notification_id, "notification")


@rule(roles=STAFF)
def redrive_own(principal: Principal, now: datetime) -> Counter[str]:
    """Queues the dead letters of the principal's tenant again; returns the counts of `redrive`."""
    return redrive(principal.tenant_id, now)


def redrive(
    tenant_id: str | None,
    now: datetime,
    *,
    seconds: float = _REDRIVE_SECONDS,
    put: Callable[[QueuedSms], None] = put_on_queue,
) -> Counter[str]:
    """Queues the dead letters of a tenant, or of all tenants, again, within the time limit.

    Returns the number of SMS that were `queued`, with all their attempts again; that were `settled` by staff in
    the meantime and are only removed from the queue; and of `unreadable` messages, which stay for the operator.
    """
    until = time.monotonic() + seconds
    dead_letters = DeadLetters(settings().sms_dead_letter_queue_url, is_over=lambda: time.monotonic() >= until)
    done: Counter[str] = Counter()
    for each in dead_letters:
        queued = _queued_sms(each.body)
        if queued is None:
            done["unreadable"] += 1
        elif tenant_id in (None, queued.tenant_id):
            done["queued" if _redriven(queued, now, put) else "settled"] += 1
            dead_letters.delete(each)
    log.info("sms_redriven", extra={"tenant_id": tenant_id, **done})
    return done


def _queued_sms(body: str) -> QueuedSms | None:
    try:
        return msgspec.json.decode(body, type=QueuedSms)
    except msgspec.DecodeError:
        return None


def _redriven(queued: QueuedSms, now: datetime, put: Callable[[QueuedSms], None]) -> bool:
    try:
        row = find(queued.tenant_id, queued.notification_id)
    except NotFound:
        return False
    if is_exhausted(row):
        try:
            _requeue(row, [], queued.correlation_id, now)
        except Conflict:
            return False
    elif row.status != "queued" and not has_died(row, now):
        return False
    put(message_for(row))
    return True


def _order(row: Notification) -> Order:
    order = Order.find(row.tenant_id, row.order_id, consistent_read=True)
    if order is None:
        raise Conflict("Its order is gone.", code=ErrorCode.CANNOT_BE_SENT, reason="no_order")
    return order


def _recipient(order: Order, tenant: Tenant) -> str:
    recipient, reason = recipient_of(order, tenant, customer_of(order))
    if recipient is None or reason is not None:
        raise _cannot_be_sent(reason)
    return recipient


def _cannot_be_sent(reason: str | None) -> Conflict:
    return Conflict("This text cannot be sent.", code=ErrorCode.CANNOT_BE_SENT, reason=reason)


def _changes(
    row: Notification, recipient: str, tenant: Tenant, now: datetime, dedupes_for: Mapping[str, timedelta]
) -> list[Action]:
    """The further changes of a row that is queued again."""
    unclear = row.status in ("unknown", "sending") or row.maybe_delivered
    if unclear and recipient == row.recipient:
        known_for = dedupes_for[tenant.sms.provider]
        if row.key_used_at is not None and now - clock.from_epoch(row.key_used_at) >= known_for:
            raise Conflict(code=ErrorCode.MAY_HAVE_ARRIVED)
        return []
    # A new key: a provider may repeat its old answer for an old one.
    return [
        Notification.recipient.set(recipient),
        Notification.idempotency_key.set(f"{row.id}.{int(row.attempts)}"),
        Notification.receipt_code.set(new_code()),
        Notification.key_used_at.remove(),
        Notification.maybe_delivered.remove(),
    ]


def _requeue(
    row: Notification, changes: list[Action], correlation_id: str, now: datetime, *, caps: Sequence[Cap] = ()
) -> None:
    """Sets the row to `queued` and counts it for `caps`. Raises Conflict `already_queued` or `cannot_be_sent`."""
    actions: list[Any] = [
        *row.becomes("queued"),
        Notification.queued_at.set(clock.epoch(now)),
        Notification.updated_at.set(clock.wire(now)),
        Notification.correlation_id.set(correlation_id),
        Notification.error.remove(),
        *changes,
    ]
    condition = (Notification.status == row.status) & (Notification.attempts == row.attempts)
    try:
        written = write_counted(
            lambda transaction: transaction.update(row, actions=actions, condition=condition), caps, now
        )
    except CapReached as cap:
        raise _cannot_be_sent(cap.reason) from cap
    if not written:
        raise Conflict("This text has just changed. Look again.", code=ErrorCode.ALREADY_QUEUED)
    row.refresh(consistent_read=True)
