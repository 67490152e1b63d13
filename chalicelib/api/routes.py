"""`/v1/routes`: who drives where, in which order."""

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
from chalicelib.routes.rows import Asked, visible_route
from chalicelib.routes.view import RouteDetail, RouteView, route_detail, route_views

bp = Blueprint(__name__)


class RouteList(Struct):
    """A part of the list. cursors, epochs: by channel, of its log, read before the rows."""

    items: list[RouteView]
    next_cursor: str | None
    cursors: dict[str, int]
    epochs: dict[str, str]


@endpoint(bp, "/v1/routes", "POST", roles=STAFF, status=201, located=True, errors={Conflict})
def create(request: ApiRequest, body: RouteDraft) -> Answer[RouteDetail]:
    """A new route. Its orders are `confirmed`, or `assigned`, and on no other route."""
    route = create_route(_asked(request), request.tenant, body)
    return Answer(route_detail(route))


@endpoint(bp, "/v1/routes", "GET", roles=STAFF | {DRIVER})
def list_(request: ApiRequest, query: RouteQuery) -> Answer[RouteList]:
    """Routes that fit, newest day first; drivers see their own."""
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
    """One route with its orders and when the driver will be where."""
    return Answer(route_detail(visible_route(request.principal, request.path["route_id"])))


@endpoint(bp, "/v1/routes/{route_id}", "PATCH", roles=STAFF)
def edit(request: ApiRequest, body: RoutePatch) -> Answer[RouteDetail]:
    """Another name, depot or start; the stops' times are planned anew."""
    return Answer(route_detail(edit_route(_asked(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/stops", "PUT", roles=STAFF)
def put_stops(request: ApiRequest, body: StopsDraft) -> Answer[RouteDetail]:
    """All stops as they are to be: reordered, more, fewer; also on the way.

    What is left out is free again; `failed`, where the driver was on the way with it.
    """
    return Answer(route_detail(change_stops(_asked(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/assign", "POST", roles=STAFF)
def assign(request: ApiRequest, body: RouteAssignDraft) -> Answer[RouteDetail]:
    """The route's driver, who gets all its orders and is told."""
    return Answer(route_detail(assign_route(_asked(request), request.path["route_id"], body)))


@endpoint(bp, "/v1/routes/{route_id}/start", "POST", roles=STAFF | {DRIVER})
def start(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """The driver sets out; a moment later the route's orders are `delivering`."""
    return Answer(route_detail(start_route(_asked(request), request.path["route_id"], body.version)))


@endpoint(bp, "/v1/routes/{route_id}/complete", "POST", roles=STAFF | {DRIVER})
def complete(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """The driver is done. `stops_open` (409) names orders that are neither delivered nor failed."""
    return Answer(route_detail(complete_route(_asked(request), request.path["route_id"], body.version)))


@endpoint(bp, "/v1/routes/{route_id}/cancel", "POST", roles=STAFF)
def cancel(request: ApiRequest, body: RouteStepDraft) -> Answer[RouteDetail]:
    """Called off before it started; its orders are `confirmed` again."""
    return Answer(route_detail(cancel_route(_asked(request), request.path["route_id"], body.version)))


def _asked(request: ApiRequest) -> Asked:
    return Asked(request.principal, request.correlation_id, now())
