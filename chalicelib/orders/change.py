"""Steps and assignments of an order: each is one conditional write, and a refusal explains itself.

The write carries its condition, so nothing is read before it. Only a refused write reads the row, to say why;
where the row has meanwhile become one that fits, the write is tried again.
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
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.drafts import AssignDraft, StatusDraft
from chalicelib.orders.pins import give_pin
from chalicelib.orders.rows import check_version, write_order
from chalicelib.orders.status import STEPS, check_step, may_step, next_statuses, previous_statuses
from chalicelib.records.drivers import active_driver

# A row may have 400 KB. So many steps with the longest reasons are 105 KB; the rest of the largest order is 62 KB.
LONGEST_HISTORY: Final = 80
# From here on a driver may come. Also when going out: orders that were assigned before there were PINs have none.
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
    """Moves an order one step and returns it. also: what else the same write does.

    Raises NotFound, Invalid (no such status), IllegalTransition, Forbidden (not this role's step) or Conflict
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
        actions.append(give_pin())
    if requested == "confirmed":
        # Unassigned, or tried again after a failure: somebody is to be assigned anew.
        actions += [Order.driver_id.remove(), Order.driver_key.remove()]
    if requested in _OFF_ITS_ROUTE:
        actions.append(Order.route_id.remove())

    def explain(order: Order) -> None:
        check_version(order, draft.version)
        allowed = next_statuses(order.kind, order.status)
        if requested not in allowed:
            raise IllegalTransition(order.status, requested, allowed)
        if not may_step(order.kind, order.status, requested, principal.role):
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


@rule(roles=STAFF)
def assign_driver(
    principal: Principal, order_id: str, draft: AssignDraft, *, correlation_id: str, now: datetime
) -> Order:
    """Gives a confirmed order to a driver, or an assigned one to another; a repeat changes nothing.

    Whoever assigns an order by itself takes it off the route it is on. Raises NotFound, Invalid (no such driver),
    IllegalTransition or Conflict `stale_version`.
    """
    order = visible_order(principal, order_id)
    driver = active_driver(principal.tenant_id, draft.driver_id)
    if order.status == "assigned" and order.driver_id == driver.id:
        check_version(order, draft.version)
        return order
    actions = [
        *assigned_actions(order_id, driver.id, by=principal.user_id, now=now),
        Order.route_id.remove(),
    ]

    def explain(current: Order) -> None:
        check_version(current, draft.version)
        if current.kind != "delivery" or current.status not in ("confirmed", "assigned"):
            raise IllegalTransition(current.status, "assigned", next_statuses(current.kind, current.status))
        check_history(current)

    condition = (Order.kind == "delivery") & Order.status.is_in("confirmed", "assigned")
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


def assigned_actions(order_id: str, driver_id: str, *, by: str, now: datetime) -> list[Action]:
    """What gives an order to a driver. by: the user's id."""
    return [
        *step_actions("assigned", order_id, by=by, now=now),
        Order.driver_id.set(driver_id),
        Order.driver_key.set(f"{driver_id}#{order_id}"),
        give_pin(),
    ]


def step_actions(status: str, order_id: str, *, by: str, now: datetime, reason: str | None = None) -> list[Action]:
    """What a step writes of itself. by: the user's id."""
    entry = HistoryEntry(status=status, at=wire(now), by=by, reason=reason)
    return [
        Order.status.set(status),
        Order.status_key.set(f"{status}#{order_id}"),
        Order.history.set(Order.history.append([entry])),
    ]


def _own(principal: Principal) -> Condition:
    """That the order is the driver's or the customer's own; for staff, that there is one. Guests move nothing."""
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
    """Raises Conflict `history_full` where the order can take no more steps."""
    if len(order.history) >= LONGEST_HISTORY:
        raise Conflict(code=ErrorCode.HISTORY_FULL, order_id=order.id)
