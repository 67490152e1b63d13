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
    previous_route_id: str | None = None


class OrderUpdated(Struct, frozen=True):
    """Something else of an order changed: lines, address, driver, payment; or a damaged row was repaired.

    repair: the stream record's id of the repair. A repair need not make a new version of the order.
    """

    order: Order
    previous_driver_id: str | None
    repair: str | None = None
    previous_route_id: str | None = None


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
        return OrderStatusChanged(new, old.status, old.driver_id, old.route_id)
    return OrderUpdated(new, old.driver_id, previous_route_id=old.route_id)


def assigned_driver(event: OrderEvent) -> str | None:
    """The driver to whom this change assigned a single order; None for any other change.

    The assignment of a route changes the driver of its orders but not their `route_id`. The two images of an order
    are therefore enough, in whatever order the records of orders and routes are read.
    """
    order = event.order
    if order.status != "assigned":
        return None
    if isinstance(event, OrderCreated):
        return order.driver_id
    # A damaged row may have been assigned to this driver before.
    is_repair = isinstance(event, OrderUpdated) and event.repair is not None
    if is_repair or order.driver_id == event.previous_driver_id:
        return None
    with_its_route = order.route_id is not None and order.route_id == event.previous_route_id
    return None if with_its_route else order.driver_id


def event_id(event: OrderEvent) -> str:
    """Stable under repeats of the stream: each version of an order, and each repair, makes one event at most."""
    id_ = f"{event.order.id}-{int(event.order.version)}"
    if isinstance(event, OrderUpdated) and event.repair is not None:
        return f"{id_}-{event.repair}"
    return id_
