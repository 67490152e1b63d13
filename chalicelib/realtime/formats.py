"""Events in the vocabulary of the frontends. Encoded once per format, not per connection."""

from typing import Any

import msgspec

from chalicelib.clock import from_epoch, wire
from chalicelib.models.connection import Connection
from chalicelib.orders.events import OrderCreated, OrderEvent, OrderStatusChanged, event_id
from chalicelib.orders.view import order_view

# Clients send a heartbeat this often; see docs/protocol.md.
HEARTBEAT_SECONDS = 30


def encoded(message: Any) -> bytes:
    """A message as it goes over the wire."""
    return msgspec.json.encode(message)


def order_message(event: OrderEvent) -> dict[str, Any]:
    """An order's event in the `standard` format."""
    order = event.order
    data: dict[str, Any]
    if isinstance(event, OrderCreated):
        kind, data = "order_created", order_view(order)
    elif isinstance(event, OrderStatusChanged):
        kind = "order_status_changed"
        data = {
            "order_id": order.id,
            "order_number": order.order_number,
            "status": order.status,
            "previous_status": event.previous_status,
            "driver_id": order.driver_id,
            "version": order.version,
        }
    else:
        kind, data = "order_updated", order_view(order)
    return {"type": kind, "id": event_id(event), "data": data, "timestamp": order.updated_at}


def welcome_message(connection: Connection, now_text: str) -> dict[str, Any]:
    """The first message on a connection, in the `standard` format."""
    return {
        "type": "connected",
        "data": {
            "connection_id": connection.connection_id,
            "user_id": connection.user_id,
            "role": connection.role,
            "channels": sorted(connection.channels or ()),
            "heartbeat_interval": HEARTBEAT_SECONDS,
            "token_expires_at": wire(from_epoch(connection.token_expires_at)),
        },
        "timestamp": now_text,
    }


def error_message(code: str, message: str, ref: Any = None) -> dict[str, Any]:
    """What a client did wrong; the socket stays open."""
    answer = {"type": "error", "code": code, "message": message}
    return answer if ref is None else {**answer, "ref": ref}
