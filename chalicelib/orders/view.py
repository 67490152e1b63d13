"""An order as a JSON document, the same over REST and in events.

Staff receive an OrderView. For other roles auth/audiences.py removes fields.
"""

from typing import Any, NotRequired, TypedDict, cast

from chalicelib.core.fields import Place, WireDay, WireTime, money_text
from chalicelib.models.order import Order, OrderItem, PaymentMethod, PaymentStatus
from chalicelib.orders.status import FIRST, OrderStatus

_PLAIN = (
    "id",
    "order_number",
    "daily_number",
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


class ItemView(TypedDict):
    """An item of an order; unit_price: decimal text."""

    id: str
    product_id: str | None
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: str


class HistoryView(TypedDict):
    """A status change: the new status, when, by which user, why."""

    status: OrderStatus
    at: WireTime
    by: str
    reason: str | None


class OrderView(TypedDict):
    """An order; money as decimal text, times in UTC, absent values as null. estimated_time: minutes.

    daily_number: counts a restaurant's orders, from 1 each local day. needs_confirmation: the kitchen should wait
    until staff confirm the `pending` order, because its table has ordered unusually often.
    """

    id: str
    order_number: str
    daily_number: int | None
    customer_id: str | None
    customer_name: str | None
    customer_phone: str | None
    address: str | None
    location: Place | None
    items: list[ItemView]
    total_price: str
    currency: str
    scheduled_date: WireDay | None
    table_number: str | None
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod | None
    estimated_time: int | None
    driver_id: str | None
    route_id: str | None
    template_id: str | None
    notes: str | None
    needs_confirmation: bool
    version: int
    created_at: WireTime
    updated_at: WireTime
    history: list[HistoryView]


class StepView(TypedDict):
    """A status change. by, reason: the user and the reason; for staff."""

    status: OrderStatus
    at: WireTime
    by: NotRequired[str | None]
    reason: NotRequired[str | None]


class GuestOrderView(TypedDict):
    """An order for guests. driver_id: only while the driver is on the way. table_number, notes: only at tables."""

    id: str
    order_number: str
    daily_number: int | None
    items: list[ItemView]
    total_price: str
    currency: str
    scheduled_date: WireDay | None
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod | None
    estimated_time: int | None
    version: int
    created_at: WireTime
    updated_at: WireTime
    driver_id: str | None
    history: list[StepView]
    table_number: NotRequired[str | None]
    notes: NotRequired[str | None]
    needs_confirmation: NotRequired[bool | None]


class SeenOrder(GuestOrderView, total=False):
    """An order as the caller receives it: staff an OrderView, drivers and customers with nulls, guests less."""

    customer_id: str | None
    customer_name: str | None
    customer_phone: str | None
    address: str | None
    location: Place | None
    route_id: str | None
    template_id: str | None


def order_view(order: Order) -> OrderView:
    """The order as JSON values."""
    view: dict[str, Any] = {name: getattr(order, name) for name in _PLAIN}
    view["items"] = [_item_view(item) for item in order.items]
    view["needs_confirmation"] = bool(order.needs_confirmation) and order.status == FIRST
    view["total_price"] = money_text(order.total_price)
    view["location"] = (
        {"latitude": order.location.latitude, "longitude": order.location.longitude} if order.location else None
    )
    view["history"] = [
        {"status": entry.status, "at": entry.at, "by": entry.by, "reason": entry.reason} for entry in order.history
    ]
    return cast(OrderView, view)


def seen_view(order: Order) -> SeenOrder:
    """The order as JSON values. `api/http.py` removes the fields that the caller does not receive."""
    return cast(SeenOrder, order_view(order))


def _item_view(item: OrderItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "product_id": item.product_id,
        "menu_item_id": item.menu_item_id,
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": money_text(item.unit_price),
    }
