"""When an open order is overdue: its day is over, or its promised time is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.orders.estimates import reached_at
from chalicelib.orders.status import is_final

# The SMS "the driver is near" promises the same time; an estimate is no more accurate.
GRACE: Final = timedelta(minutes=15)


class Promise(Struct, frozen=True):
    """since: the status from which `estimated_time` counts. open: the statuses before the promise is fulfilled."""

    since: str
    open: frozenset[str]


# By the kind of the order. An order is no longer late when the driver has arrived or the dish is ready.
PROMISES: Final[Mapping[str, Promise]] = {
    "delivery": Promise("delivering", UNDER_WAY - {"arrived"}),
    "table": Promise("confirmed", frozenset({"confirmed", "preparing"})),
}


def is_day_over(order: Order, today: str) -> bool:
    """Whether an open order was scheduled for a day before `today`, the tenant's local day."""
    open_ = not is_final(order.kind, order.status)
    return open_ and order.scheduled_date is not None and order.scheduled_date < today


def missed_time(order: Order, now: datetime) -> datetime | None:
    """The promised time if it passed more than GRACE ago; None otherwise, without a promise, or if fulfilled."""
    promise = PROMISES[order.kind]
    since = reached_at(order, promise.since)
    if order.estimated_time is None or order.status not in promise.open or since is None:
        return None
    promised = since + timedelta(minutes=int(order.estimated_time))
    return promised if now - promised > GRACE else None
