"""How long an order can be followed by a link, without signing in."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.clock import from_wire
from chalicelib.core.errors import NotFound
from chalicelib.models.lookup import get_row
from chalicelib.models.order import Order
from chalicelib.orders.status import is_final

# A finished order can be looked at for so long.
_LOOKED_AT: Final = timedelta(hours=24)


def tracked_order(tenant_id: str, order_id: str, now: datetime) -> Order:
    """The order behind a link. Raises NotFound where it is gone, or has been over for long."""
    order = get_row(Order, tenant_id, order_id, "order")
    ends = tracked_until(order)
    if ends is not None and ends < now:
        raise NotFound("This order is over.")
    return order


def tracked_until(order: Order) -> datetime | None:
    """When looking ends; None while the order is not over."""
    if not is_final(order.kind, order.status):
        return None
    # From the last step: a payment or a remark afterwards does not open the page again.
    return from_wire(order.history[-1].at if order.history else order.updated_at) + _LOOKED_AT
