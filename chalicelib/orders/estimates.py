"""The estimated arrival of the driver: `estimated_time`, in minutes after the order became `delivering`."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import from_wire
from chalicelib.models.order import Order
from chalicelib.orders.access import visible_order
from chalicelib.orders.status import check_step

# The most that a client may send; a longer route has no estimate.
LONGEST: Final = timedelta(days=7)
_MOST_MINUTES: Final = LONGEST // timedelta(minutes=1)
# The statuses before the driver's arrival.
_BEFORE_THE_DOOR: Final = frozenset({"delivering", "arriving"})


def attempt_started_at(order: Order) -> datetime | None:
    """When the order's current attempt started; None before the first."""
    return reached_at(order, "delivering")


def reached_at(order: Order, status: str) -> datetime | None:
    """When the order last changed to a status; None if it never did."""
    times = [entry.at for entry in order.history if entry.status == status]
    return from_wire(times[-1]) if times else None


def estimate_of(order: Order) -> datetime | None:
    """When the driver is expected; None without an estimate or before the delivery starts."""
    out = attempt_started_at(order)
    if out is None or order.estimated_time is None:
        return None
    return out + timedelta(minutes=int(order.estimated_time))


def minutes_until(eta: datetime, out: datetime) -> int:
    """The `estimated_time` of an order whose delivery starts at `out`."""
    return max(0, min(_MOST_MINUTES, round((eta - out).total_seconds() / 60)))


def estimate_actions(
    principal: Principal, order_id: str, status: str, eta: datetime | None, *, now: datetime
) -> list[Action]:
    """The actions that store the estimated arrival `eta` together with a change to `status`.

    Empty for a status after the arrival, and for an eta that is past or more than seven days away, because a
    phone's outdated estimate must not prevent the status change. Reads the order if its delivery has already
    started. Raises NotFound, and Forbidden if the role may not make the change.
    """
    if eta is None or status not in _BEFORE_THE_DOOR or not now < eta <= now + LONGEST:
        return []
    check_step(principal, status)
    out = now if status == "delivering" else attempt_started_at(visible_order(principal, order_id))
    return [] if out is None else [Order.estimated_time.set(minutes_until(eta, out))]
