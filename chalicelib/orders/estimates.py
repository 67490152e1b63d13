"""When the customer may expect the driver: `estimated_time`, in minutes from the moment the order went out."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.clock import from_wire
from chalicelib.models.order import Order

# As long as a client may say; a route that takes longer says nothing.
LONGEST: Final = timedelta(days=7)
_MOST_MINUTES: Final = LONGEST // timedelta(minutes=1)


def went_out_at(order: Order) -> datetime | None:
    """When the order's present attempt began, None before the first."""
    return reached_at(order, "delivering")


def reached_at(order: Order, status: str) -> datetime | None:
    """When the order last took the step to a status; None before the first time."""
    times = [entry.at for entry in order.history if entry.status == status]
    return from_wire(times[-1]) if times else None


def estimate_of(order: Order) -> datetime | None:
    """When the driver is expected; None where that was not said or the order has not gone out."""
    out = went_out_at(order)
    if out is None or order.estimated_time is None:
        return None
    return out + timedelta(minutes=int(order.estimated_time))


def minutes_until(eta: datetime, out: datetime) -> int:
    """`estimated_time` of an order that went, or goes, out at `out`."""
    return max(0, min(_MOST_MINUTES, round((eta - out).total_seconds() / 60)))
