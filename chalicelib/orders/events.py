"""What happened to an order, told from the two images of its row."""

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
    """Something else of an order changed: lines, address, driver, payment."""

    order: Order
    previous_driver_id: str | None


OrderEvent = OrderCreated | OrderStatusChanged | OrderUpdated


def event_of(old: Order | None, new: Order | None) -> OrderEvent | None:
    """The event of one change of a row; None where nobody is to know (`notify: false`) or nothing happened."""
    if new is None or not new.notify:
        return None
    if old is None:
        return OrderCreated(new)
    if old.version == new.version:
        return None
    if old.status != new.status:
        return OrderStatusChanged(new, old.status, old.driver_id)
    return OrderUpdated(new, old.driver_id)


def event_id(event: OrderEvent) -> str:
    """Stable under repeats of the stream: each version of an order makes one event at most."""
    return f"{event.order.id}-{int(event.order.version)}"
