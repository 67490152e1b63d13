"""`flat`: types with dots, and all data beside `type`."""

from typing import Any, Final

from chalicelib.realtime.events import Event
from chalicelib.realtime.formats.delivery_texts import delivery_text
from chalicelib.realtime.formats.words import (
    NOTIFICATION,
    POSITION,
    ROUTE,
    Body,
    Data,
    Vocabulary,
    Welcome,
    Word,
    completed,
    with_previous_status,
)

# This format's names of an order's fields. `products` is added separately.
_ORDER: Final = {
    "order_id": "id",
    "order_number": "order_number",
    "customer_id": "customer_id",
    "customer_name": "customer_name",
    "customer_phone": "customer_phone",
    "delivery_date": "scheduled_date",
    "address": "address",
    "status": "status",
    "total_price": "total_price",
    "currency": "currency",
    "payment_status": "payment_status",
    "payment_method": "payment_method",
    "table_number": "table_number",
    "estimated_time": "estimated_time",
    "driver_id": "driver_id",
    "route_id": "route_id",
    "notes": "notes",
    "version": "version",
}
_DELIVERY_STATUSES: Final = {"arrived": "driver_arrived"}


def _flat(*keys: str) -> Body:
    return lambda event: completed(event.data, keys)


def _welcome(data: Data) -> dict[str, Any]:
    return {"status": "connected", **data["connection"]}


def _order(event: Event) -> dict[str, Any]:
    order = event.data["order"]
    flat = {key: order.get(source) for key, source in _ORDER.items()}
    flat["products"] = [
        {"name": item.get("name"), "quantity": item.get("quantity")} for item in order.get("items") or ()
    ]
    return with_previous_status(flat, event.data)


def _delivery_update(event: Event) -> dict[str, Any]:
    update = completed(event.data, ("order_id", "order_number", "status"))
    status = update["status"]
    return {**update, "status": _DELIVERY_STATUSES.get(status, status), "message": delivery_text(status)}


VOCABULARY: Final = Vocabulary(
    welcome=Welcome("connection", _welcome),
    words={
        "order_created": Word("order.created", _order),
        "order_status_changed": Word("order.updated", _order),
        "order_updated": Word("order.updated", _order),
        "route_assigned": Word("route.assigned", _flat(*ROUTE)),
        "route_updated": Word("route.updated", _flat(*ROUTE)),
        "driver_location": Word("driver.location", _flat(*POSITION)),
        "delivery_update": Word("delivery.update", _delivery_update),
        "notification": Word("notification", _flat(*NOTIFICATION)),
    },
    custom=_flat(),
)
