"""Creates routes and changes their stops, and computes the planned times of the stops."""

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import structs

from chalicelib.auth.principal import STAFF
from chalicelib.auth.rules import rule
from chalicelib.core.clock import from_wire, new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, Invalid
from chalicelib.core.fields import calendar_day, instant, requested_fields
from chalicelib.core.geo import Spot
from chalicelib.models.order import Location, Order
from chalicelib.models.route import Route, Stop
from chalicelib.models.tenant import Tenant
from chalicelib.orders.change import active_driver
from chalicelib.orders.rows import ATTEMPTS
from chalicelib.routes.drafts import RouteDraft, RoutePatch, StopDraft, StopsDraft, check_once
from chalicelib.routes.members import join, leave, refusal
from chalicelib.routes.rows import Change, RequestContext, busy, change, insert, is_on, orders_by_id
from chalicelib.routes.timing import Halt, arrivals


@rule(roles=STAFF)
def create_route(context: RequestContext, tenant: Tenant, draft: RouteDraft) -> Route:
    """Creates a route with its orders. Raises Forbidden, Invalid with the stop, or Conflict `busy`."""
    if tenant.kind != "delivery":
        raise Forbidden("Only businesses that deliver have routes.", code=ErrorCode.DELIVERY_ONLY)
    check_once(draft.stops)
    day = calendar_day("date", draft.date).isoformat()
    start_at = wire(instant("start_at", draft.start_at)) if draft.start_at else None
    for _ in range(ATTEMPTS):
        orders = orders_by_id(tenant.id, (stop.order_id for stop in draft.stops))
        _refuse(draft.stops, orders, on_it=frozenset())
        route_id, at = new_id(), wire(context.now)
        depot = draft.depot and Location(**structs.asdict(draft.depot))
        route = Route(
            tenant.id,
            route_id,
            name=draft.name,
            date=day,
            status="planned",
            depot=depot,
            start_at=start_at,
            stops=planned(draft.stops, orders, start_at, depot),
            version=1,
            created_at=at,
            updated_at=at,
            correlation_id=context.correlation_id,
            notify=context.notify,
            day_key=f"{day}#{route_id}",
        )
        by, now = context.principal.user_id, context.now
        if insert(route, [join(orders[stop.order_id], route, by=by, now=now) for stop in draft.stops], context):
            return route
    raise busy()


@rule(roles=STAFF)
def edit_route(context: RequestContext, route_id: str, patch: RoutePatch) -> Route:
    """Changes a route's name, depot or start; an edit without a change writes nothing.

    Raises NotFound, Invalid, Conflict `route_closed`, `route_under_way` or `stale_version`.
    """
    requested = requested_fields(patch)
    if requested.get("depot"):
        requested["depot"] = Location(**structs.asdict(requested["depot"]))
    if requested.get("start_at"):
        requested["start_at"] = wire(instant("start_at", requested["start_at"]))

    def decide(route: Route) -> Change | None:
        new_values = {name: value for name, value in requested.items() if value != getattr(route, name)}
        if not new_values:
            return None
        _check_open(route)
        if new_values.keys() & {"depot", "start_at"}:
            if route.status == "in_progress":
                raise Conflict("The driver has started already.", code=ErrorCode.ROUTE_UNDER_WAY)
            start_at, depot = new_values.get("start_at", route.start_at), new_values.get("depot", route.depot)
            orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
            new_values["stops"] = planned(route.stops, orders, start_at, depot)
        return Change(new_values=new_values)

    return change(context, route_id, patch.version, decide)


@rule(roles=STAFF)
def change_stops(context: RequestContext, route_id: str, draft: StopsDraft) -> Route:
    """Replaces the stops of a route. Orders added to a started route become `delivering`.

    Raises NotFound, Invalid with the stop, Conflict `route_closed`, `order_delivered` or `stale_version`.
    """
    check_once(draft.stops)
    by, now = context.principal.user_id, context.now

    def decide(route: Route) -> Change | None:
        _check_open(route)
        requested_ids = [stop.order_id for stop in draft.stops]
        orders = orders_by_id(route.tenant_id, [*requested_ids, *(stop.order_id for stop in route.stops)])
        on_it = {order_id for order_id, order in orders.items() if is_on(order, route.id)}
        _refuse(draft.stops, orders, on_it=on_it)
        come = [join(orders[each], route, by=by, now=now) for each in requested_ids if each not in on_it]
        if come and route.driver_id is not None:
            active_driver(route.tenant_id, route.driver_id)
        go = [leave(orders[each], route, by=by, now=now) for each in sorted(on_it.difference(requested_ids))]
        if route.status == "in_progress":
            stops = _added(draft.stops, orders, route, context.now)
        else:
            stops = planned(draft.stops, orders, route.start_at, route.depot)
        if not come and not go and _comparable(stops) == _comparable(route.stops):
            return None
        return Change(new_values={"stops": stops}, orders=[*come, *go])

    return change(context, route_id, draft.version, decide)


def planned(
    stops: Sequence[StopDraft | Stop], orders: Mapping[str, Order], start_at: str | None, depot: Spot | None
) -> list[Stop]:
    """The stops with their planned times; without times if `start_at` is None."""
    halts = [
        Halt(
            orders[stop.order_id].location if stop.order_id in orders else None,
            dt.timedelta(minutes=int(stop.service_minutes)),
        )
        for stop in stops
    ]
    times: Sequence[dt.datetime | None] = [None] * len(halts)
    if start_at is not None:
        times = arrivals(from_wire(start_at), depot, halts)
    return [
        Stop(
            order_id=stop.order_id,
            service_minutes=int(stop.service_minutes),
            planned_at=None if moment is None else wire(moment),
        )
        for stop, moment in zip(stops, times, strict=True)
    ]


def _added(stops: Sequence[StopDraft], orders: Mapping[str, Order], route: Route, now: dt.datetime) -> list[Stop]:
    """The stops of a started route. Existing stops keep their planned times, which customers have received. A new
    stop comes after the one before it, and not before now.
    """
    planned_before = {stop.order_id: stop.planned_at for stop in route.stops}
    found: list[Stop] = []
    free: dt.datetime = now
    at: Spot | None = None
    for stop in stops:
        place = orders[stop.order_id].location if stop.order_id in orders else None
        stay = dt.timedelta(minutes=stop.service_minutes)
        planned_at = planned_before.get(stop.order_id)
        if stop.order_id not in planned_before:
            [moment] = arrivals(free, at, [Halt(place, stay)])
            planned_at = None if moment is None else wire(moment)
        if planned_at is not None:
            free, at = max(free, from_wire(planned_at) + stay), place
        found.append(Stop(order_id=stop.order_id, service_minutes=stop.service_minutes, planned_at=planned_at))
    return found


def _refuse(stops: Sequence[StopDraft], orders: Mapping[str, Order], *, on_it: frozenset[str] | set[str]) -> None:
    """Raises Invalid with every stop whose order is not on the route and cannot be added."""
    errors = [
        (f"stops.{n}.order_id", reason)
        for n, stop in enumerate(stops)
        if stop.order_id not in on_it and (reason := refusal(orders.get(stop.order_id)))
    ]
    if errors:
        raise Invalid(*errors)


def _check_open(route: Route) -> None:
    if route.status in ("completed", "cancelled"):
        raise Conflict(f"The route is {route.status}.", code=ErrorCode.ROUTE_CLOSED, current_status=route.status)


def _comparable(stops: Sequence[Stop]) -> list[tuple[str, int, str | None]]:
    return [(stop.order_id, int(stop.service_minutes), stop.planned_at) for stop in stops]
