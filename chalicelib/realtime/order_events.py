"""The events of an order's change, for the subscribers of the order and for its customer."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.orders.events import OrderCreated, OrderEvent, OrderStatusChanged, event_id
from chalicelib.orders.view import order_view
from chalicelib.realtime.events import Event, to_users


def of_order(happened: OrderEvent) -> Event:
    """The event in the channels of the board, of the order, of its driver, and of a driver who lost it."""
    order = happened.order
    drivers: list[str | None] = [order.driver_id]
    data: dict[str, Any] = {"order": order_view(order)}
    if isinstance(happened, OrderCreated):
        kind = "order_created"
    else:
        drivers.append(happened.previous_driver_id)
        kind = "order_updated"
        if isinstance(happened, OrderStatusChanged):
            kind = "order_status_changed"
            data["previous_status"] = happened.previous_status
    driver_channels = dict.fromkeys(f"driver:{driver_id}" for driver_id in drivers if driver_id)
    return Event(
        id=event_id(happened),
        type=kind,
        tenant_id=order.tenant_id,
        channels=("orders", f"order:{order.id}", *driver_channels),
        data=data,
        timestamp=order.updated_at,
        correlation_id=order.correlation_id,
    )


def for_customer(happened: OrderStatusChanged, user_ids: Sequence[str]) -> Iterator[Event]:
    """The events for the order's customer, in the channels of their users."""
    order = happened.order
    data = {"order_id": order.id, "order_number": order.order_number, "status": order.status}
    return to_users(order, f"{event_id(happened)}-customer", "delivery_update", user_ids, data)
