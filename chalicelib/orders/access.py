"""Which orders a principal may read: staff all of their tenant, other roles their own."""

from chalicelib.auth.principal import CUSTOMER, DRIVER, GUESTS, ROLES, TABLE, TRACKER, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.errors import NotFound
from chalicelib.models.lookup import get_row
from chalicelib.models.order import Order


def may_see(principal: Principal, order: Order) -> bool:
    """Whether the principal may read the order, which must be of the principal's tenant."""
    if principal.is_staff:
        return True
    if principal.role == DRIVER:
        return principal.driver_id is not None and order.driver_id == principal.driver_id
    if principal.role == CUSTOMER:
        return principal.customer_id is not None and order.customer_id == principal.customer_id
    if principal.role == TRACKER:
        return order.id == principal.order_id
    if principal.role == TABLE:
        return order.guest_id == principal.user_id
    return False


@rule(roles=ROLES | GUESTS)
def visible_order(principal: Principal, order_id: str) -> Order:
    """The order, read strongly consistently. Raises NotFound, also if the principal may not read it."""
    order = get_row(Order, principal.tenant_id, order_id, "order")
    if not may_see(principal, order):
        raise NotFound("There is no such order.")
    return order
