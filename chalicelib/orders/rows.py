"""Writes existing order rows: always with a condition, and with the attributes that the stream needs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict
from chalicelib.models.base import condition_failed
from chalicelib.models.lookup import is_id
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order

if TYPE_CHECKING:
    from chalicelib.orders.drafts import AssignDraft, StatusDraft

# How often a write is repeated after losing a race, before the client gets an error.
ATTEMPTS: Final = 5


def update_row(
    tenant_id: str,
    order_id: str,
    actions: Sequence[Action],
    condition: Any,
    *,
    notify: bool,
    correlation_id: str,
    now: datetime,
) -> Order | None:
    """The order after the update, or None if the condition failed. One DynamoDB call.

    notify: False means that this change sends no events and SMS. Raises Unreadable for a damaged row, which has
    then been written anyway, because checking first would take a second call.
    """
    if not is_id(order_id):
        return None
    stamped = [*actions, *stamp(notify=notify, correlation_id=correlation_id, now=now)]
    try:
        written = Order(tenant_id, order_id).update(actions=stamped, condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return None
    return Order.parse(written["Attributes"])


def write_order(
    principal: Principal,
    order_id: str,
    actions: Sequence[Action],
    condition: Any,
    *,
    draft: "StatusDraft | AssignDraft",
    explain: Callable[[Order], Order | None],
    correlation_id: str,
    now: datetime,
) -> Order:
    """Updates an order and returns it. One call if the condition holds; otherwise it reads the row and may repeat.

    draft: its version is part of the condition. explain: receives the row after a failed condition and raises the
    reason, or returns the order if there is nothing to do, or None to repeat. Raises NotFound and Conflict `busy`.
    """
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
        order = order or explain(visible_order(principal, order_id))
        if order is not None:
            return order
    raise too_busy()


def stamp(*, notify: bool, correlation_id: str, now: datetime) -> list[Action]:
    """The actions that every write of an existing order contains, for the stream's consumer."""
    return [
        Order.version.set(Order.version + 1),
        Order.updated_at.set(wire(now)),
        Order.notify.set(notify),
        Order.correlation_id.set(correlation_id),
    ]


def guest_key(guest_id: str, order_id: str) -> str:
    """The `customer_key` of a guest's order. No customer's id has a colon, so it is unique."""
    return f"guest:{guest_id}#{order_id}"


def check_version(order: Order, version: int | None) -> None:
    """Raises Conflict `stale_version` if the client sent another version than the current one."""
    if version is not None and order.version != version:
        raise Conflict(
            f"The order has version {order.version}, not {version}.",
            code=ErrorCode.STALE_VERSION,
            current_version=order.version,
        )


def too_busy() -> Conflict:
    """The refusal of a write that lost every race."""
    return Conflict("This order is being changed by others all the time. Try again.", code=ErrorCode.BUSY)
