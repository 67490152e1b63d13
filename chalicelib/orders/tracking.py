"""How long a tracking link shows an order."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.clock import from_wire
from chalicelib.core.errors import NotFound
from chalicelib.models.lookup import get_row
from chalicelib.models.order import Order
from chalicelib.orders.status import is_final

# After the order has ended.
_LOOKED_AT: Final = timedelta(hours=24)


def tracked_order(tenant_id: str, order_id: str, now: datetime) -> Order:
    """The order of a link. Raises NotFound if it does not exist or ended too long ago."""
    order = get_row(Order, tenant_id, order_id, "order")
    ends = tracked_until(order)
    if ends is not None and ends < now:
        raise NotFound("This order is over.")
    return order


def tracked_until(order: Order) -> datetime | None:
    """Until when the link works; None until the order has ended."""
    if not is_final(order.kind, order.status):
        return None
    # Counted from the last status change: a later payment or note does not extend it.
    return from_wire(order.history[-1].at if order.history else order.updated_at) + _LOOKED_AT
