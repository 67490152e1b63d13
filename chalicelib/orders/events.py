"""The event of an order's change, derived from the old and new images of its row."""

from msgspec import Struct

from chalicelib.models.order import Order


class OrderCreated(Struct, frozen=True):
    """An order was created."""

    order: Order


class OrderStatusChanged(Struct, frozen=True):
    """An order's status changed."""

    order: Order
    previous_status: str
    previous_driver_id: str | None
    previous_route_id: str | None = None


class OrderUpdated(Struct, frozen=True):
    """Another attribute of an order changed: items, address, driver, payment; or a damaged row was repaired.

    repair: the id of the repair's stream record, because a repair may leave the order's version unchanged.
    """

    order: Order
    previous_driver_id: str | None
    repair: str | None = None
    previous_route_id: str | None = None


OrderEvent = OrderCreated | OrderStatusChanged | OrderUpdated


def event_of(old: Order | None, new: Order, *, repair: str | None = None) -> OrderEvent | None:
    """The event of a change; None for a quiet change (`notify: false`) and for one without an effect.

    old: None for a new order, and if the old row could not be parsed. repair: the stream record's id in the latter
    case. Such an order was missing in every list, so a quiet repair also has an event.
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

    Assigning a route changes the driver of its orders but not their `route_id`, so the two images of the order are
    enough, whatever the sequence of the records of orders and routes.
    """
    order = event.order
    if order.status != "assigned":
        return None
    if isinstance(event, OrderCreated):
        return order.driver_id
    # If the old row could not be parsed, the order may have had this driver before.
    is_repair = isinstance(event, OrderUpdated) and event.repair is not None
    if is_repair or order.driver_id == event.previous_driver_id:
        return None
    with_its_route = order.route_id is not None and order.route_id == event.previous_route_id
    return None if with_its_route else order.driver_id


def event_id(event: OrderEvent) -> str:
    """The event's id, the same for a repeated record: each version of an order and each repair has one event."""
    id_ = f"{event.order.id}-{int(event.order.version)}"
    if isinstance(event, OrderUpdated) and event.repair is not None:
        return f"{id_}-{event.repair}"
    return id_
