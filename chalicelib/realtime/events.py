"""Events: what is logged and sent, before it is put into anybody's vocabulary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from chalicelib.models.order import Order
from chalicelib.models.route import Route
from chalicelib.orders.events import OrderCreated, OrderEvent, OrderStatusChanged, event_id
from chalicelib.orders.view import order_view

# An event's channels: the log appends it in one transaction of 100 items, which are a head and a row per channel
# and a claim.
MOST_CHANNELS: Final = 49


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened in a tenant.

    id: stable under repeats. type: the word of the `standard` format. channels: where it is heard. data: JSON
    values; every format takes what it needs from it. timestamp: when it happened, on the wire's form.
    correlation_id: of the request behind it, for the logs.
    """

    id: str
    type: str
    tenant_id: str
    channels: tuple[str, ...]
    data: Mapping[str, Any]
    timestamp: str
    correlation_id: str = ""


class Stamped(Struct, frozen=True):
    """An event with its numbers: its cursor in each of its channels; empty where it is not logged."""

    event: Event
    cursors: Mapping[str, int]


def of_order(happened: OrderEvent) -> Event:
    """The event for those who watch an order: the board, the order itself, its driver and one who has lost it."""
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
    """What the order's customer receives on their users' channels."""
    order = happened.order
    data = {"order_id": order.id, "order_number": order.order_number, "status": order.status}
    return to_users(order, f"{event_id(happened)}-customer", "delivery_update", user_ids, data)


def to_users(
    row: Order | Route, id_: str, type_: str, user_ids: Sequence[str], data: Mapping[str, Any]
) -> Iterator[Event]:
    """An event of a changed row on users' own channels: one, or several for very many users."""
    for start in range(0, len(user_ids), MOST_CHANNELS):
        yield Event(
            id=id_ + (f"-{start}" if start else ""),
            type=type_,
            tenant_id=row.tenant_id,
            channels=tuple(f"user:{user_id}" for user_id in user_ids[start : start + MOST_CHANNELS]),
            data=data,
            timestamp=row.updated_at,
            correlation_id=row.correlation_id,
        )
