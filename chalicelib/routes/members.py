"""The writes that add an order to a route, give it to another driver, and remove it.

Each is computed from the order that was read, and has its version as condition.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.models.route import Route
from chalicelib.orders.change import assigned_actions, check_history, step_actions

# Statuses in which an order can still be planned.
OPEN: Final = frozenset({"confirmed", "assigned"})
# The reason of a failed order whose stop was removed while the driver was on the way with it.
TAKEN_OFF: Final = "taken off the route"


class OrderChange(Struct, frozen=True):
    """An order as it was read, and the actions of its write, without the stamp."""

    order: Order
    actions: Sequence[Action]


def refusal(order: Order | None) -> str | None:
    """Why an order cannot be added to a route; None if it can."""
    if order is None or order.kind != "delivery":
        return "there is no such order"
    if order.route_id is not None:
        return "is on another route"
    if order.status not in OPEN:
        return f"the order is {order.status}, not confirmed"
    return None


def join(order: Order, route: Route, *, by: str, now: datetime) -> OrderChange:
    """Adds the order to the route, and assigns the route's driver, if any."""
    handed = [] if route.driver_id is None else hand_over(order, route.driver_id, by=by, now=now)
    return OrderChange(order, [Order.route_id.set(route.id), *handed])


def hand_over(order: Order, driver_id: str, *, by: str, now: datetime) -> list[Action]:
    """The actions that give the order to a driver; empty if it is theirs already.

    Raises Conflict `order_under_way` or `history_full`.
    """
    if order.status == "assigned" and order.driver_id == driver_id:
        return []
    if order.status not in OPEN:
        raise Conflict(
            f"Order {order.order_number} is {order.status} already.",
            code=ErrorCode.ORDER_UNDER_WAY,
            order_id=order.id,
        )
    check_history(order)
    return assigned_actions(order.id, driver_id, by=by, now=now)


def leave(order: Order, route: Route, *, by: str, now: datetime) -> OrderChange:
    """Removes the order from the route; it becomes `failed` if the driver is on the way with it.

    Raises Conflict `order_delivered`.
    """
    off: list[Action] = [Order.route_id.remove()]
    if order.status == "delivered":
        raise Conflict(
            f"Order {order.order_number} was delivered on this route and stays on it.",
            code=ErrorCode.ORDER_DELIVERED,
            order_id=order.id,
        )
    if order.status == "assigned" and order.driver_id == route.driver_id:
        off += step_actions("confirmed", order.id, by=by, now=now)
        off += [Order.driver_id.remove(), Order.driver_key.remove()]
    elif order.status in UNDER_WAY:
        off += step_actions("failed", order.id, by=by, now=now, reason=TAKEN_OFF)
    return OrderChange(order, off)
