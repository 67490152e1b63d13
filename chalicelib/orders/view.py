"""An order as it leaves the system: the same document over REST and in events.

Staff receive an OrderView, everybody else what auth/audiences.py leaves of it.
"""

from typing import Any, NotRequired, TypedDict, cast

from chalicelib.fields import Place, WireDay, WireTime, money_text
from chalicelib.models.order import LineState, MoneyChange, MoneyState, Order, OrderItem
from chalicelib.orders.drafts import PaymentMethod, PaymentStatus
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
    """A line of an order; unit_price: decimal text."""

    id: str
    product_id: str | None
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: str


class HistoryView(TypedDict):
    """A step of an order: the status reached, when, by which user, why."""

    status: OrderStatus
    at: WireTime
    by: str
    reason: str | None


class OrderView(TypedDict):
    """An order; money as decimal text, times UTC, what is not there as null. estimated_time: minutes.

    daily_number: of a restaurant's orders, 1, 2, 3 … each local day. needs_confirmation: the kitchen is to wait
    until staff confirm the `pending` order, as its table has ordered unusually often.
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


class MoneyStateView(TypedDict):
    """What an order came to, as decimal text, and how far it was paid."""

    total_price: str
    payment_status: PaymentStatus
    payment_method: PaymentMethod | None


class LineStateView(TypedDict):
    """A line as it was; unit_price: decimal text."""

    name: str
    quantity: int
    unit_price: str


class LineChangeView(TypedDict):
    """A line that was added (before: null), removed (after: null) or changed."""

    before: LineStateView | None
    after: LineStateView | None


class MoneyChangeView(TypedDict):
    """A change of the lines, prices or payment: when, by which user, why; status: the order's then."""

    at: WireTime
    by: str
    reason: str | None
    status: OrderStatus
    before: MoneyStateView
    after: MoneyStateView
    lines: list[LineChangeView]


class OrderDetail(OrderView):
    """An order with the record of what changed its money, oldest first."""

    money_changes: list[MoneyChangeView]


class StepView(TypedDict):
    """A step of an order. by, reason: which user made it and why; for staff."""

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
    """An order as its reader receives it: staff an OrderView, drivers and customers with nulls, guests less."""

    customer_id: str | None
    customer_name: str | None
    customer_phone: str | None
    address: str | None
    location: Place | None
    route_id: str | None
    template_id: str | None


class SeenOrderDetail(SeenOrder):
    """An order by itself, as its reader receives it; money_changes: for staff."""

    money_changes: NotRequired[list[MoneyChangeView] | None]


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


def order_detail(order: Order) -> OrderDetail:
    """The order and its money record as JSON values. Not in lists and events: a record may be 150 KB."""
    changes = [_change_view(change) for change in order.money_changes or ()]
    return cast(OrderDetail, {**order_view(order), "money_changes": changes})


def seen_view(order: Order) -> SeenOrder:
    """The order as JSON values, where the edge leaves out what its reader does not receive."""
    return cast(SeenOrder, order_view(order))


def seen_detail(order: Order) -> SeenOrderDetail:
    """The order and its money record, where the edge leaves out what its reader does not receive."""
    return cast(SeenOrderDetail, order_detail(order))


def _change_view(change: MoneyChange) -> dict[str, Any]:
    return {
        **{name: getattr(change, name) for name in ("at", "by", "reason", "status")},
        "before": _state_view(change.before),
        "after": _state_view(change.after),
        "lines": [{"before": _line_view(each.before), "after": _line_view(each.after)} for each in change.lines],
    }


def _state_view(state: MoneyState) -> dict[str, Any]:
    return {
        "total_price": money_text(state.total_price),
        "payment_status": state.payment_status,
        "payment_method": state.payment_method,
    }


def _line_view(line: LineState | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"name": line.name, "quantity": line.quantity, "unit_price": money_text(line.unit_price)}


def _item_view(item: OrderItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "product_id": item.product_id,
        "menu_item_id": item.menu_item_id,
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": money_text(item.unit_price),
    }
