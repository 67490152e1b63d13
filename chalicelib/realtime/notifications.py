"""Events of type `notification`: a title and a sentence for a person, and what a click on them opens."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from chalicelib.orders.events import OrderEvent, event_id
from chalicelib.realtime.events import Event, to_users
from chalicelib.routes import events as routes


def order_assigned(happened: OrderEvent, user_ids: Sequence[str]) -> Iterator[Event]:
    """For the users of the driver to whom a single order was assigned."""
    action = {"type": "view_order", "order_id": happened.order.id}
    data = content("新訂單", "您有新的配送任務", "info", action)
    return to_users(happened.order, f"{event_id(happened)}-driver", "notification", user_ids, data)


def route_assigned(happened: routes.RouteChanged, user_ids: Sequence[str]) -> Iterator[Event]:
    """For the users of the driver to whom a route was assigned: one for all its orders."""
    route = happened.route
    action = {"type": "view_route", "route_id": route.id}
    data = content("新路線", f"您有新的配送路線，共 {len(route.stops)} 站", "info", action)
    return to_users(route, f"{routes.event_id(happened)}-driver", "notification", user_ids, data)


def content(
    title: str, message: str, severity: Literal["info", "warning"], action: Mapping[str, str]
) -> dict[str, Any]:
    """The data of a notification."""
    return {"title": title, "message": message, "severity": severity, "action": dict(action)}
