"""An order as the world sees it: the same document over REST and in events."""

from decimal import Decimal
from typing import Any

from chalicelib.models.order import Order, OrderItem

_PLAIN = (
    "id",
    "order_number",
    "customer_id",
    "customer_name",
    "customer_phone",
    "address",
    "currency",
    "scheduled_date",
    "table_number",
    "status",
    "payment_status",
    "payment_method",
    "estimated_time",
    "driver_id",
    "route_id",
    "template_id",
    "notes",
    "version",
    "created_at",
    "updated_at",
)


def money_text(amount: Decimal) -> str:
    """An exact decimal as text, `"650"` or `"12.5"`: a JSON number would be read as a float."""
    return format(amount.normalize(), "f")


def order_view(order: Order) -> dict[str, Any]:
    """The order as JSON values; money as decimal text, times UTC, what is not there as null."""
    view: dict[str, Any] = {name: getattr(order, name) for name in _PLAIN}
    view["items"] = [_item_view(item) for item in order.items]
    view["total_price"] = money_text(order.total_price)
    view["location"] = (
        {"latitude": order.location.latitude, "longitude": order.location.longitude} if order.location else None
    )
    view["history"] = [
        {"status": entry.status, "at": entry.at, "by": entry.by, "reason": entry.reason} for entry in order.history
    ]
    return view


def _item_view(item: OrderItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "product_id": item.product_id,
        "menu_item_id": item.menu_item_id,
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": money_text(item.unit_price),
    }
