"""Payments: pending, paid, refunded. One conditional write each; repeating one changes nothing.

Staff correct mistakes with an edit of the order (PATCH), which may set any of them. A cancelled order cannot be
paid, but an earlier payment can still be refunded.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.drafts import PaymentDraft
from chalicelib.orders.money_changes import money_change, update_money
from chalicelib.orders.rows import ATTEMPTS, check_version, too_busy

PAYMENT_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("paid",),
    "paid": ("refunded",),
    "refunded": (),
}


@rule(roles=STAFF)
def change_payment(
    principal: Principal, order_id: str, draft: PaymentDraft, *, correlation_id: str, now: datetime
) -> Order:
    """Changes an order's payment and returns the order; a repeat returns it unchanged.

    Raises NotFound, Conflict `illegal_payment_step`, `stale_version` or `busy`.
    """
    requested, method = draft.payment_status, draft.payment_method
    changes = {"payment_status": requested, **({} if method is None else {"payment_method": method})}
    for _ in range(ATTEMPTS):
        order = visible_order(principal, order_id)
        # Checked before the version: a client that repeats has not seen the version of its own first request.
        if order.payment_status == requested and method in (None, order.payment_method):
            return order
        check_version(order, draft.version)
        if requested not in PAYMENT_STEPS[order.payment_status]:
            raise _illegal(order.payment_status, requested)
        if requested == "paid":
            check_payable(order)
        change = money_change(order, changes, by=principal.user_id, reason=draft.reason, now=now)
        paid = update_money(order, changes, change, notify=draft.notify, correlation_id=correlation_id, now=now)
        if paid is not None:
            return paid
    raise too_busy()


def check_payable(order: Order) -> None:
    """Raises Conflict `illegal_payment_step` for a cancelled order."""
    if order.status == "cancelled":
        raise Conflict(
            "An order that is cancelled is not paid any more.",
            code=ErrorCode.ILLEGAL_PAYMENT_STEP,
            current_payment_status=order.payment_status,
            current_status=order.status,
            allowed=[],
        )


def _illegal(current: str, requested: str) -> Conflict:
    return Conflict(
        f"A payment that is {current} cannot become {requested}.",
        code=ErrorCode.ILLEGAL_PAYMENT_STEP,
        current_payment_status=current,
        allowed=list(PAYMENT_STEPS[current]),
    )
