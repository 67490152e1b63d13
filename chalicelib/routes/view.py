"""A route as the world sees it."""

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

# Of the JSON of a route's orders. Lambda answers 6 MB and takes up to three bytes for one of these; 80 orders at
# their limits would be 40 MB. The others come without what makes an order large, and have 10 KB at most.
_MOST_BYTES_OF_ORDERS: Final = 1024 * 1024


class StopView(Struct):
    """A stop. planned_at: when the driver should be there; eta: when they will, as their position says.

    outcome: once the route is completed, `delivered`, `failed` or `left`.
    """

    order_id: str
    service_minutes: int
    planned_at: WireTime | None
    eta: WireTime | None
    outcome: Annotated[str, one_of(("delivered", "failed", "left"))] | None


class StopOrder(SeenOrder):
    """An order of a stop. truncated: the answer had no room for its `items` and `history`; read it alone."""

    truncated: NotRequired[bool]


class StopDetail(StopView):
    """A stop with its order as it is now; null once the order has left the route."""

    order: StopOrder | None


class Known(Struct, frozen=True):
    """What a driver's positions say of a route: by order, when they will be there. at: of the position."""

    etas: Mapping[str, str] = {}
    at: str | None = None


UNKNOWN: Final = Known()


class _Fields(Struct):
    """A route without its stops. Times UTC, what is not there as null. eta_at: as of when its stops' `eta` are."""

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
    """A route. stops: in the order in which they are driven."""

    stops: list[StopView]


class RouteDetail(_Fields):
    """A route with its orders."""

    stops: list[StopDetail]


def route_view(route: Route, known: Known) -> RouteView:
    """The route as it is listed."""
    return RouteView(**_fields(route, known), stops=[_stop(stop, known) for stop in route.stops])


def route_detail(route: Route) -> RouteDetail:
    """The route with its orders and what its driver's positions say: two reads."""
    orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
    known = known_of(route.tenant_id, [route.id]).get(route.id, UNKNOWN)
    stops = []
    left = _MOST_BYTES_OF_ORDERS
    for stop in route.stops:
        order = _seen(orders.get(stop.order_id), route)
        if order is not None and (left := left - len(msgspec.json.encode(order))) < 0:
            order = {**order, "items": [], "history": [], "truncated": True}
        stops.append(StopDetail(**structs.asdict(_stop(stop, known)), order=order))
    return RouteDetail(**_fields(route, known), stops=stops)


def route_views(tenant_id: str, routes: Sequence[Route]) -> list[RouteView]:
    """The routes as they are listed: one read for all."""
    known = known_of(tenant_id, [route.id for route in routes if route.status == "in_progress"])
    return [route_view(route, known.get(route.id, UNKNOWN)) for route in routes]


def known_of(tenant_id: str, route_ids: Sequence[str]) -> dict[str, Known]:
    """What is known of some routes, by route."""
    rows = RouteProgress.batch_get([(tenant_id, route_id) for route_id in route_ids])
    return {row.id: Known(unpacked(row.known).etas, row.at) for row in rows}


def event_data(route: Route) -> dict[str, Any]:
    """What is told of a route in events: the route as it is listed, but for what its driver's positions say."""
    data: dict[str, Any] = to_builtins(route_view(route, UNKNOWN))
    del data["eta_at"]
    for stop in data["stops"]:
        del stop["eta"]
    return {"route_id": data.pop("id"), **data}


def _fields(route: Route, known: Known) -> dict[str, Any]:
    names = ("id", "name", "date", "status", "driver_id", "start_at", "started_at", "completed_at")
    fields: dict[str, Any] = {name: getattr(route, name) for name in (*names, "created_at", "updated_at")}
    depot = route.depot
    return fields | {
        "depot": depot and Place(depot.latitude, depot.longitude),
        "total_stops": len(route.stops),
        "eta_at": known.at,
        "version": int(route.version),
    }


def _stop(stop: Stop, known: Known) -> StopView:
    return StopView(
        order_id=stop.order_id,
        service_minutes=int(stop.service_minutes),
        planned_at=stop.planned_at,
        eta=known.etas.get(stop.order_id),
        outcome=stop.outcome,
    )


def _seen(order: Order | None, route: Route) -> StopOrder | None:
    # An order that has left may be another driver's by now.
    gone = order is None or order.route_id != route.id
    return None if gone or order is None else cast(StopOrder, order_view(order))
