"""Changes an order's status or driver with one conditional write.

The write has a condition, so nothing is read before it. Only after a failed condition the row is read, to explain
the refusal; if the row now meets the condition, the write is repeated.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import CUSTOMER, DRIVER, ROLES, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, IllegalTransition, Invalid
from chalicelib.models.driver import Driver
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.drafts import AssignDraft, StatusDraft
from chalicelib.orders.pins import pin_action
from chalicelib.orders.rows import check_version, write_order
from chalicelib.orders.status import STEPS, check_step, is_allowed_step, next_statuses, previous_statuses

# A row may have 400 KB. So many status changes with the longest reasons are 105 KB; the rest is 62 KB at most.
LONGEST_HISTORY: Final = 80
# Statuses at which an order gets a PIN. Also `delivering`, because orders assigned by earlier versions have none.
_NEEDING_A_PIN: Final = frozenset({"assigned", "delivering"})
_OFF_ITS_ROUTE: Final = frozenset({"confirmed", "cancelled"})


@rule(roles=ROLES)
def change_status(
    principal: Principal,
    order_id: str,
    draft: StatusDraft,
    *,
    correlation_id: str,
    now: datetime,
    also: Sequence[Action] = (),
) -> Order:
    """Changes an order's status and returns the order. also: further actions of the same write.

    Raises NotFound, Invalid (no such status), IllegalTransition, Forbidden (not for this role) or Conflict
    `stale_version`.
    """
    requested = draft.status
    if requested not in STEPS[principal.kind]:
        raise Invalid(("status", f"one of {', '.join(STEPS[principal.kind])}"))
    if not draft.notify and not principal.is_staff:
        raise Invalid(("notify", "only staff may keep a change quiet"))
    check_step(principal, requested)
    previous = previous_statuses(principal.kind, requested, principal.role)
    actions = [*step_actions(requested, order_id, by=principal.user_id, now=now, reason=draft.reason), *also]
    if principal.role == CUSTOMER:
        actions.append(Order.customer_login.set(principal.user_id))
    if requested in _NEEDING_A_PIN:
        actions.append(pin_action())
    if requested == "confirmed":
        # The order is unassigned, or tried again after a failure, and needs a new driver.
        actions += [Order.driver_id.remove(), Order.driver_key.remove()]
    if requested in _OFF_ITS_ROUTE:
        actions.append(Order.route_id.remove())

    def explain(order: Order) -> None:
        check_version(order, draft.version)
        allowed = next_statuses(order.kind, order.status)
        if requested not in allowed:
            raise IllegalTransition(order.status, requested, allowed)
        if not is_allowed_step(order.kind, order.status, requested, principal.role):
            raise Forbidden(f"The role {principal.role} may not make this step.")
        check_history(order)

    if not previous:
        explain(visible_order(principal, order_id))
    condition = Order.status.is_in(*previous) & _own(principal)
    return write_order(
        principal,
        order_id,
        actions,
        condition & _room_for_history(),
        draft=draft,
        explain=explain,
        correlation_id=correlation_id,
        now=now,
    )


def active_driver(tenant_id: str, driver_id: str) -> Driver:
    """A driver who may get more orders. Raises Invalid."""
    driver = Driver.find(tenant_id, driver_id, consistent_read=True)
    if driver is None:
        raise Invalid(("driver_id", "there is no such driver"))
    if driver.status != "active":
        raise Invalid(("driver_id", "this driver is suspended"))
    return driver


@rule(roles=STAFF)
def assign_driver(
    principal: Principal, order_id: str, draft: AssignDraft, *, correlation_id: str, now: datetime
) -> Order:
    """Assigns a driver to a confirmed or assigned order; repeating it changes nothing, not even at the same time.

    Assigning a single order removes it from its route. Raises NotFound, Invalid (no such driver),
    IllegalTransition or Conflict `stale_version`.
    """
    order = visible_order(principal, order_id)
    driver = active_driver(principal.tenant_id, draft.driver_id)
    if _has_driver(order, driver.id):
        check_version(order, draft.version)
        return order
    actions = [
        *assigned_actions(order_id, driver.id, by=principal.user_id, now=now),
        Order.route_id.remove(),
    ]

    def explain(current: Order) -> Order | None:
        check_version(current, draft.version)
        if _has_driver(current, driver.id):
            return current
        if current.kind != "delivery" or current.status not in ("confirmed", "assigned"):
            raise IllegalTransition(current.status, "assigned", next_statuses(current.kind, current.status))
        check_history(current)
        return None

    # Not to the same driver again: a client that got no answer repeats a request that may still be under way.
    is_new = (Order.status == "confirmed") | ((Order.status == "assigned") & (Order.driver_id != driver.id))
    condition = (Order.kind == "delivery") & is_new
    return write_order(
        principal,
        order_id,
        actions,
        condition & _room_for_history(),
        draft=draft,
        explain=explain,
        correlation_id=correlation_id,
        now=now,
    )


def _has_driver(order: Order, driver_id: str) -> bool:
    return order.status == "assigned" and order.driver_id == driver_id


def assigned_actions(order_id: str, driver_id: str, *, by: str, now: datetime) -> list[Action]:
    """The actions that assign a driver. by: the user's id."""
    return [
        *step_actions("assigned", order_id, by=by, now=now),
        Order.driver_id.set(driver_id),
        Order.driver_key.set(f"{driver_id}#{order_id}"),
        pin_action(),
    ]


def step_actions(status: str, order_id: str, *, by: str, now: datetime, reason: str | None = None) -> list[Action]:
    """The actions of a status change. by: the user's id."""
    entry = HistoryEntry(status=status, at=wire(now), by=by, reason=reason)
    return [
        Order.status.set(status),
        Order.status_key.set(f"{status}#{order_id}"),
        Order.history.set(Order.history.append([entry])),
    ]


def _own(principal: Principal) -> Condition:
    """The condition that the order is the driver's or customer's own; for staff, that it exists; guests: never."""
    if principal.role == DRIVER:
        return Order.driver_id == (principal.driver_id or "")
    if principal.role == CUSTOMER:
        return Order.customer_id == (principal.customer_id or "")
    if not principal.is_staff:
        raise Forbidden(f"The role {principal.role} may not make this step.")
    return Order.id.exists()


def _room_for_history() -> Condition:
    return size(Order.history) < LONGEST_HISTORY


def check_history(order: Order) -> None:
    """Raises Conflict `history_full` if the order's history is full."""
    if len(order.history) >= LONGEST_HISTORY:
        raise Conflict(code=ErrorCode.HISTORY_FULL, order_id=order.id)
