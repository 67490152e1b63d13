"""Payments: pending, paid, refunded. One conditional write each, harmless when repeated.

An edit of the order (PATCH) may set any of them: that is how staff put a slip right. But nobody pays for what was
cancelled; what was paid before can still be given back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.errors import Conflict
from chalicelib.models.order import Order
from chalicelib.orders.drafts import PaymentDraft
from chalicelib.orders.rows import check_version, write_order

PAYMENT_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("paid",),
    "paid": ("refunded",),
    "refunded": (),
}


@rule(roles=STAFF)
def change_payment(
    principal: Principal, order_id: str, draft: PaymentDraft, *, correlation_id: str, now: datetime
) -> Order:
    """Moves an order's payment one step and returns the order; a repeat returns it as it is.

    Raises NotFound, Conflict `illegal_payment_step` or `stale_version`.
    """
    wanted, method = draft.payment_status, draft.payment_method
    previous = [current for current, following in PAYMENT_STEPS.items() if wanted in following]
    condition = Order.id.exists() & Order.payment_status.is_in(*(previous or ["-"]))
    if wanted == "paid":
        condition &= Order.status != "cancelled"
    actions = [Order.payment_status.set(wanted)]
    if method is not None:
        actions.append(Order.payment_method.set(method))

    def explain(order: Order) -> Order | None:
        # Before the version: whoever repeats has not seen what their own first try made of it.
        if order.payment_status == wanted and method in (None, order.payment_method):
            return order
        check_version(order, draft.version)
        if order.payment_status not in previous:
            raise _illegal(order.payment_status, wanted)
        if wanted == "paid":
            check_payable(order)
        return None

    return write_order(
        principal,
        order_id,
        actions,
        condition,
        draft=draft,
        explain=explain,
        correlation_id=correlation_id,
        now=now,
    )


def check_payable(order: Order) -> None:
    """Raises Conflict `illegal_payment_step` for a cancelled order."""
    if order.status == "cancelled":
        raise Conflict(
            "An order that is cancelled is not paid any more.",
            code="illegal_payment_step",
            current_payment_status=order.payment_status,
            current_status=order.status,
            allowed=[],
        )


def _illegal(current: str, wanted: str) -> Conflict:
    return Conflict(
        f"A payment that is {current} cannot become {wanted}.",
        code="illegal_payment_step",
        current_payment_status=current,
        allowed=list(PAYMENT_STEPS[current]),
    )
