"""One order with its money changes. Only `GET /v1/orders/{id}` and edits answer them; events and lists do not."""

from typing import Any, NotRequired, TypedDict, cast

from chalicelib.core.fields import WireTime, money_text
from chalicelib.models.order import LineState, MoneyChange, MoneyState, Order, PaymentMethod, PaymentStatus
from chalicelib.orders.status import OrderStatus
from chalicelib.orders.view import OrderView, SeenOrder, order_view


class MoneyStateView(TypedDict):
    """The total of an order, as decimal text, and its payment at that time."""

    total_price: str
    payment_status: PaymentStatus
    payment_method: PaymentMethod | None


class LineStateView(TypedDict):
    """An item at that time; unit_price: decimal text."""

    name: str
    quantity: int
    unit_price: str


class LineChangeView(TypedDict):
    """An item that was added (before: null), removed (after: null) or changed."""

    before: LineStateView | None
    after: LineStateView | None


class MoneyChangeView(TypedDict):
    """A change of items, prices or payment: when, by which user, why; status: the order's at that time."""

    at: WireTime
    by: str
    reason: str | None
    status: OrderStatus
    before: MoneyStateView
    after: MoneyStateView
    lines: list[LineChangeView]


class OrderDetail(OrderView):
    """An order with its money changes, oldest first."""

    money_changes: list[MoneyChangeView]


class SeenOrderDetail(SeenOrder):
    """One order as the caller receives it; money_changes: for staff."""

    money_changes: NotRequired[list[MoneyChangeView] | None]


def order_detail(order: Order) -> OrderDetail:
    """The order and its money changes as JSON values. Not for lists and events: they may have 150 KB."""
    changes = [_change_view(change) for change in order.money_changes or ()]
    return cast(OrderDetail, {**order_view(order), "money_changes": changes})


def seen_detail(order: Order) -> SeenOrderDetail:
    """The order and its money changes. `api/http.py` removes the fields that the caller does not receive."""
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
