"""When the customer may expect the driver: `estimated_time`, in minutes from the moment the order went out."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import from_wire
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.status import check_step

# As long as a client may say; a route that takes longer says nothing.
LONGEST: Final = timedelta(days=7)
_MOST_MINUTES: Final = LONGEST // timedelta(minutes=1)
# The steps after which the driver is still to come.
_BEFORE_THE_DOOR: Final = frozenset({"delivering", "arriving"})


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


def estimate_actions(
    principal: Principal, order_id: str, status: str, eta: datetime | None, *, now: datetime
) -> list[Action]:
    """What a step to `status` also writes where the driver expects to be there at `eta`.

    Nothing for a step that ends at the door, and for an eta that is past or more than seven days away: a phone's
    stale estimate must not prevent the step. Reads the order where it has gone out before. Raises NotFound, and
    Forbidden where the role may not make the step.
    """
    if eta is None or status not in _BEFORE_THE_DOOR or not now < eta <= now + LONGEST:
        return []
    check_step(principal, status)
    out = now if status == "delivering" else went_out_at(visible_order(principal, order_id))
    return [] if out is None else [Order.estimated_time.set(minutes_until(eta, out))]
