"""`/v1/routes`: delivery routes and their stops."""

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import DRIVER, STAFF
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict
from chalicelib.realtime import log
from chalicelib.realtime.channel_access import channels_at_connect
from chalicelib.routes.drafts import RouteAssignDraft, RouteDraft, RoutePatch, RouteStepDraft, StopsDraft
from chalicelib.routes.driving import assign_route, cancel_route, complete_route, start_route
from chalicelib.routes.listing import RouteQuery, list_routes
from chalicelib.routes.planning import change_stops, create_route, edit_route
from chalicelib.routes.rows import RequestContext, visible_route
from chalicelib.routes.view import RouteDetail, RouteView, route_detail, route_views

bp = Blueprint(__name__)


class RouteList(Struct):
    """A page of the list. cursors, epochs: the position of each channel's log, read before the rows."""

    items: list[RouteView]
    next_cursor: str | None
    cursors: dict[str, int]
    epochs: dict[str, str]


@endpoint(bp, "/v1/routes", "POST", roles=STAFF, status=201, located=True, errors={Conflict})
def create(request: ApiRequest, body: RouteDraft) -> Answer[RouteDetail]:
    """Creates a route. Its orders must be `confirmed` or `assigned`, and on no other route."""
    route = create_route(_context(request), request.tenant, body)
    return Answer(route_detail(route))


@endpoint(bp, "/v1/routes", "GET", roles=STAFF | {DRIVER})
def list_(request: ApiRequest, query: RouteQuery) -> Answer[RouteList]:
    """Routes that match the query, newest day first. Drivers receive their own."""
    principal = request.principal
    heads = log.heads(principal.tenant_id, channels_at_connect(principal))
    routes, next_cursor = list_routes(principal, query)
    return Answer(
        RouteList(
            items=route_views(principal.tenant_id, routes),
            next_cursor=next_cursor,
            cursors={channel: head.cursor for channel, head in heads.items()},
            epochs={channel: head.epoch for channel, head in heads.items()},
        )
    )


@endpoint(bp, "/v1/routes/{route_id}", "GET", roles=STAFF | {DRIVER})
def show(request: ApiRequest) -> Answer[RouteDetail]:
    """One route with its orders and the estimated times of its stops."""
    return Answer(route_detail(visible_route(request.principal, request.path["route_id"])))


@endpoint(bp, "/v1/routes/{route_id}", "PATCH", roles=STAFF)
def edit(request: ApiRequest, body: RoutePatch) -> Answer[RouteDetail]:
    """Changes a route's name, depot or start. The times of the stops are computed again."""
    return Answer(route_detail(edit_route(_context(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/stops", "PUT", roles=STAFF)
def put_stops(request: ApiRequest, body: StopsDraft) -> Answer[RouteDetail]:
    """Replaces all stops; also while the driver is on the way.

    An order that is no longer on the route may go on another one. If the driver was delivering it, it is `failed`.
    """
    return Answer(route_detail(change_stops(_context(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/assign", "POST", roles=STAFF)
def assign(request: ApiRequest, body: RouteAssignDraft) -> Answer[RouteDetail]:
    """Assigns a driver to the route and to all its orders, and notifies the driver."""
    return Answer(route_detail(assign_route(_context(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/start", "POST", roles=STAFF | {DRIVER})
def start(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """Starts a route; its orders become `delivering` shortly after."""
    return Answer(route_detail(start_route(_context(request), request.path["route_id"], body.version)))


@endpoint(bp, "/v1/routes/{route_id}/complete", "POST", roles=STAFF | {DRIVER})
def complete(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """Completes a route. `stops_open` (409) lists the orders that are neither delivered nor failed."""
    return Answer(route_detail(complete_route(_context(request), request.path["route_id"], body.version)))


@endpoint(bp, "/v1/routes/{route_id}/cancel", "POST", roles=STAFF)
def cancel(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """Cancels a route before it starts; its orders become `confirmed` again."""
    return Answer(route_detail(cancel_route(_context(request), request.path["route_id"], body.version)))


def _context(request: ApiRequest) -> RequestContext:
    return RequestContext(request.principal, request.correlation_id, now())
