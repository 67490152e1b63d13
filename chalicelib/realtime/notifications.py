"""Events of type `notification`: a title, a sentence, and the page that a click opens."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from chalicelib.models.order import Order
from chalicelib.orders.events import OrderEvent, event_id
from chalicelib.realtime.events import Event, to_users
from chalicelib.routes import events as routes


def order_assigned(happened: OrderEvent, user_ids: Sequence[str]) -> Iterator[Event]:
    """The events for the users of the driver to whom a single order was assigned."""
    action = {"type": "view_order", "order_id": happened.order.id}
    data = content("新訂單", "您有新的配送任務", "info", action)
    return to_users(happened.order, f"{event_id(happened)}-driver", "notification", user_ids, data)


def route_assigned(happened: routes.RouteChanged, user_ids: Sequence[str]) -> Iterator[Event]:
    """The events for the users of the driver to whom a route was assigned; one for all its orders."""
    route = happened.route
    action = {"type": "view_route", "route_id": route.id}
    data = content("新路線", f"您有新的配送路線，共 {len(route.stops)} 站", "info", action)
    return to_users(route, f"{routes.event_id(happened)}-driver", "notification", user_ids, data)


def day_over(order: Order) -> dict[str, Any]:
    """The data for the office: an open order whose day is over."""
    return _overdue(f"{_named(order)}未在 {order.scheduled_date} 完成", order)


def late(order: Order, promised: datetime) -> dict[str, Any]:
    """The data for the office: an open order whose promised time is over. promised: in the tenant's time zone."""
    return _overdue(f"{_named(order)}已超過預計時間 {promised:%H:%M}", order)


def many_days_over(day: str, count: int) -> dict[str, Any]:
    """The data for the office: the number of open orders of a day that is over."""
    return content("訂單逾時", f"{day} 有 {count} 筆訂單未完成", "warning", {"type": "view_orders", "date": day})


def _overdue(message: str, order: Order) -> dict[str, Any]:
    return content("訂單逾時", message, "warning", {"type": "view_order", "order_id": order.id})


def _named(order: Order) -> str:
    """`訂單 ORD-…（王小姐）`; with the table if there is no name."""
    whose = order.customer_name or (order.table_number and f"{order.table_number} 桌")
    return f"訂單 {order.order_number}" + (f"（{whose}）" if whose else " ")


def content(
    title: str, message: str, severity: Literal["info", "warning"], action: Mapping[str, str]
) -> dict[str, Any]:
    """The data of a notification."""
    return {"title": title, "message": message, "severity": severity, "action": dict(action)}
