"""What happened to an order, read from the two images of its row."""

from msgspec import Struct

from chalicelib.models.order import Order


class OrderCreated(Struct, frozen=True):
    """A new order."""

    order: Order


class OrderStatusChanged(Struct, frozen=True):
    """An order took a step."""

    order: Order
    previous_status: str
    previous_driver_id: str | None


class OrderUpdated(Struct, frozen=True):
    """Something else of an order changed: lines, address, driver, payment; or a damaged row was repaired.

    repair: the stream record's id of the repair. A repair need not make a new version of the order.
    """

    order: Order
    previous_driver_id: str | None
    repair: str | None = None


OrderEvent = OrderCreated | OrderStatusChanged | OrderUpdated


def event_of(old: Order | None, new: Order, *, repair: str | None = None) -> OrderEvent | None:
    """The event of one change of a row; None for a quiet change (`notify: false`) and where nothing happened.

    old: None for a new order, and for one whose row could not be read before. repair: then the stream record's id;
    such an order was missing in every list, so also a quiet repair is an event.
    """
    if repair is not None:
        return OrderUpdated(new, None, repair)
    if not new.notify:
        return None
    if old is None:
        return OrderCreated(new)
    if old.version == new.version:
        return None
    if old.status != new.status:
        return OrderStatusChanged(new, old.status, old.driver_id)
    return OrderUpdated(new, old.driver_id)


def event_id(event: OrderEvent) -> str:
    """Stable under repeats of the stream: each version of an order, and each repair, makes one event at most."""
    id_ = f"{event.order.id}-{int(event.order.version)}"
    if isinstance(event, OrderUpdated) and event.repair is not None:
        return f"{id_}-{event.repair}"
    return id_
