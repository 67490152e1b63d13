"""Access to deliveries: a principal may read and confirm those of the orders that the principal may read."""

from chalicelib.auth.principal import DRIVER, ROLES, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.status import is_final


@rule(roles=ROLES)
def delivery_order(principal: Principal, order_id: str) -> Order:
    """The order, read now. Raises NotFound, also for an order at a table."""
    order = visible_order(principal, order_id)
    if order.kind != "delivery":
        raise NotFound("There is no such delivery.")
    return order


@rule(roles=STAFF | {DRIVER})
def open_order(principal: Principal, order_id: str) -> Order:
    """The order, if it can still be delivered. Raises NotFound, or Conflict `order_closed`."""
    order = delivery_order(principal, order_id)
    if is_final(order.kind, order.status):
        raise Conflict(f"The order is {order.status}.", code=ErrorCode.ORDER_CLOSED, current_status=order.status)
    return order
