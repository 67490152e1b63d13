"""A route in answers and events."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NotRequired, cast

import msgspec
from msgspec import Struct, structs, to_builtins

from chalicelib.core.fields import Place, WireDay, WireTime, one_of
from chalicelib.models.order import Order
from chalicelib.models.route import Route, Stop
from chalicelib.models.route_progress import RouteProgress
from chalicelib.orders.view import SeenOrder, order_view
from chalicelib.routes.progress import unpacked
from chalicelib.routes.rows import orders_by_id
from chalicelib.routes.status import RouteStatus

# Bytes of the JSON of a route's orders. Lambda's limit is 6 MB, and it may use three bytes for one of these; 80
# orders at their limits would have 40 MB. Further orders are sent without items and history, and have at most 10
# KB.
_MOST_BYTES_OF_ORDERS: Final = 1024 * 1024


class StopView(Struct):
    """A stop. planned_at: the planned arrival; eta: the estimate from the driver's position.

    outcome: when the route is completed: `delivered`, `failed` or `left`.
    """

    order_id: str
    service_minutes: int
    planned_at: WireTime | None
    eta: WireTime | None
    outcome: Annotated[str, one_of(("delivered", "failed", "left"))] | None


class StopOrder(SeenOrder):
    """An order of a stop. truncated: `items` and `history` are omitted because of the size; read the order."""

    truncated: NotRequired[bool]


class StopDetail(StopView):
    """A stop with its order; null if the order has left the route."""

    order: StopOrder | None


class ProgressEstimates(Struct, frozen=True):
    """Estimates from the driver's position. etas: by order. at: the time of the position."""

    etas: Mapping[str, str] = {}
    at: str | None = None


NO_ESTIMATES: Final = ProgressEstimates()


class _Fields(Struct):
    """A route without its stops. Times in UTC, absent values as null. eta_at: the time of the stops' `eta`."""

    id: str
    name: str | None
    date: WireDay
    status: RouteStatus
    driver_id: str | None
    depot: Place | None
    start_at: WireTime | None
    started_at: WireTime | None
    completed_at: WireTime | None
    total_stops: int
    eta_at: WireTime | None
    version: int
    created_at: WireTime
    updated_at: WireTime


class RouteView(_Fields):
    """A route. stops: in driving order."""

    stops: list[StopView]


class RouteDetail(_Fields):
    """A route with its orders."""

    stops: list[StopDetail]


def route_view(route: Route, estimates: ProgressEstimates) -> RouteView:
    """The route as in lists."""
    return RouteView(**_fields(route, estimates), stops=[_stop(stop, estimates) for stop in route.stops])


def route_detail(route: Route) -> RouteDetail:
    """The route with its orders and estimates: two reads."""
    orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
    estimates = progress_estimates(route.tenant_id, [route.id]).get(route.id, NO_ESTIMATES)
    stops = []
    left = _MOST_BYTES_OF_ORDERS
    for stop in route.stops:
        order = _seen(orders.get(stop.order_id), route)
        if order is not None and (left := left - len(msgspec.json.encode(order))) < 0:
            order = {**order, "items": [], "history": [], "truncated": True}
        stops.append(StopDetail(**structs.asdict(_stop(stop, estimates)), order=order))
    return RouteDetail(**_fields(route, estimates), stops=stops)


def route_views(tenant_id: str, routes: Sequence[Route]) -> list[RouteView]:
    """The routes as in lists: one read for all."""
    estimates = progress_estimates(tenant_id, [route.id for route in routes if route.status == "in_progress"])
    return [route_view(route, estimates.get(route.id, NO_ESTIMATES)) for route in routes]


def progress_estimates(tenant_id: str, route_ids: Sequence[str]) -> dict[str, ProgressEstimates]:
    """The estimates of routes, by route."""
    rows = RouteProgress.batch_get([(tenant_id, route_id) for route_id in route_ids])
    return {row.id: ProgressEstimates(unpacked(row.known).etas, row.at) for row in rows}


def event_data(route: Route) -> dict[str, Any]:
    """The data of a route's events: the route as in lists, without estimates."""
    data: dict[str, Any] = to_builtins(route_view(route, NO_ESTIMATES))
    del data["eta_at"]
    for stop in data["stops"]:
        del stop["eta"]
    return {"route_id": data.pop("id"), **data}


def _fields(route: Route, estimates: ProgressEstimates) -> dict[str, Any]:
    names = ("id", "name", "date", "status", "driver_id", "start_at", "started_at", "completed_at")
    fields: dict[str, Any] = {name: getattr(route, name) for name in (*names, "created_at", "updated_at")}
    depot = route.depot
    return fields | {
        "depot": depot and Place(depot.latitude, depot.longitude),
        "total_stops": len(route.stops),
        "eta_at": estimates.at,
        "version": int(route.version),
    }


def _stop(stop: Stop, estimates: ProgressEstimates) -> StopView:
    return StopView(
        order_id=stop.order_id,
        service_minutes=int(stop.service_minutes),
        planned_at=stop.planned_at,
        eta=estimates.etas.get(stop.order_id),
        outcome=stop.outcome,
    )


def _seen(order: Order | None, route: Route) -> StopOrder | None:
    # An order that has left the route may belong to another driver.
    gone = order is None or order.route_id != route.id
    return None if gone or order is None else cast(StopOrder, order_view(order))
