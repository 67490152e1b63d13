"""Payments: pending, paid, refunded. One conditional write each, harmless when repeated.

An edit of the order (PATCH) may set any of them: that is how staff put a slip right.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.auth.principal import Principal
from chalicelib.errors import Conflict
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.drafts import PaymentDraft
from chalicelib.orders.rows import ATTEMPTS, check_version, too_busy, update_row

PAYMENT_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("paid",),
    "paid": ("refunded",),
    "refunded": (),
}


def change_payment(
    principal: Principal, order_id: str, draft: PaymentDraft, *, correlation_id: str, now: datetime
) -> Order:
    """Moves an order's payment one step and returns the order; a repeat returns it as it is.

    Raises NotFound, Conflict `illegal_payment_step` or `stale_version`.
    """
    wanted, method = draft.payment_status, draft.payment_method
    previous = [current for current, following in PAYMENT_STEPS.items() if wanted in following]
    actions = [Order.payment_status.set(wanted)]
    if method is not None:
        actions.append(Order.payment_method.set(method))
    condition = Order.id.exists() & Order.payment_status.is_in(*(previous or ["-"]))
    if draft.version is not None:
        condition &= Order.version == draft.version
    for _ in range(ATTEMPTS):
        order = update_row(
            principal.tenant_id,
            order_id,
            actions,
            condition,
            notify=draft.notify,
            correlation_id=correlation_id,
            now=now,
        )
        if order is not None:
            return order
        order = visible_order(principal, order_id)
        # Before the version: whoever repeats has not seen what their own first try made of it.
        if order.payment_status == wanted and method in (None, order.payment_method):
            return order
        check_version(order, draft.version)
        if order.payment_status not in previous:
            raise _illegal(order.payment_status, wanted)
    raise too_busy()


def _illegal(current: str, wanted: str) -> Conflict:
    return Conflict(
        f"A payment that is {current} cannot become {wanted}.",
        code="illegal_payment_step",
        current_payment_status=current,
        allowed=list(PAYMENT_STEPS[current]),
    )
