"""Assigns, starts, completes and cancels routes. Repeating one of them changes nothing."""

from chalicelib.auth.principal import DRIVER, STAFF
from chalicelib.auth.rules import rule
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.models.route import Route, Stop
from chalicelib.orders.change import active_driver
from chalicelib.routes.drafts import RouteAssignDraft
from chalicelib.routes.members import OrderChange, hand_over, leave
from chalicelib.routes.planning import planned
from chalicelib.routes.rows import Change, RequestContext, change, is_on, orders_by_id
from chalicelib.routes.status import check_step

# The outcome of a stop whose order had left the route.
LEFT = "left"


@rule(roles=STAFF)
def assign_route(context: RequestContext, route_id: str, draft: RouteAssignDraft) -> Route:
    """Assigns a driver to the route and all its orders. Stops whose orders have left the route are removed.

    Raises NotFound, Invalid (no such driver), IllegalTransition, Conflict `order_under_way`, `route_empty` or
    `stale_version`.
    """
    tenant_id = context.principal.tenant_id

    def decide(route: Route) -> Change | None:
        driver = active_driver(tenant_id, draft.driver_id)
        if route.status == "assigned" and route.driver_id == driver.id:
            return None
        check_step(route, "assigned")
        stops, orders = _present(route)
        handed = [
            OrderChange(order, actions)
            for order in orders
            if (actions := hand_over(order, driver.id, by=context.principal.user_id, now=context.now))
        ]
        new_values = {
            "status": "assigned",
            "driver_id": driver.id,
            "driver_key": f"{driver.id}#{route.date}#{route.id}",
            "stops": stops,
        }
        return Change(new_values=new_values, orders=handed)

    return change(context, route_id, draft.version, decide)


@rule(roles=STAFF | {DRIVER})
def start_route(context: RequestContext, route_id: str, version: int | None) -> Route:
    """Starts a route. The routes stream then changes its orders to `delivering`.

    Raises NotFound, IllegalTransition, Conflict `route_empty`, `route_under_way` (another one of this driver's) or
    `stale_version`.
    """

    def decide(route: Route) -> Change | None:
        if route.status == "in_progress":
            return None
        check_step(route, "in_progress")
        driver = Driver.get(route.tenant_id, route.driver_id, consistent_read=True)
        if driver.active_route_id not in (None, route.id):
            raise Conflict(
                "The driver is on another route. Complete that first.",
                code=ErrorCode.ROUTE_UNDER_WAY,
                route_id=driver.active_route_id,
            )
        stops, orders = _present(route)
        at = wire(context.now)
        new_values = {
            "status": "in_progress",
            "started_at": at,
            "stops": planned(stops, {order.id: order for order in orders}, at, route.depot),
        }
        free = Driver.active_route_id.does_not_exist() | (Driver.active_route_id == route.id)
        return Change(new_values=new_values, driver=(driver, Driver.active_route_id.set(route.id), free))

    return change(context, route_id, version, decide)


@rule(roles=STAFF | {DRIVER})
def complete_route(context: RequestContext, route_id: str, version: int | None) -> Route:
    """Completes a route and stores the outcome of each stop.

    Raises NotFound, IllegalTransition, Conflict `stops_open` with the orders, or `stale_version`.
    """

    def decide(route: Route) -> Change | None:
        if route.status == "completed":
            return None
        check_step(route, "completed")
        orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
        on_it = {order_id: order for order_id, order in orders.items() if is_on(order, route.id)}
        still_open = [each for each, order in on_it.items() if order.status not in ("delivered", "failed")]
        if still_open:
            raise Conflict(
                f"{len(still_open)} stops are neither delivered nor failed.",
                code=ErrorCode.STOPS_OPEN,
                order_ids=sorted(still_open),
            )
        stops = [
            Stop(
                order_id=stop.order_id,
                service_minutes=int(stop.service_minutes),
                planned_at=stop.planned_at,
                outcome=on_it[stop.order_id].status if stop.order_id in on_it else LEFT,
            )
            for stop in route.stops
        ]
        new_values = {"status": "completed", "completed_at": wire(context.now), "stops": stops}
        driver = Driver(route.tenant_id, route.driver_id)
        return Change(
            new_values=new_values,
            driver=(driver, Driver.active_route_id.remove(), Driver.active_route_id == route.id),
        )

    return change(context, route_id, version, decide)


@rule(roles=STAFF)
def cancel_route(context: RequestContext, route_id: str, version: int | None) -> Route:
    """Cancels a route before it starts; its orders may go on another route.

    Raises NotFound, IllegalTransition, Conflict `order_under_way` or `stale_version`.
    """

    def decide(route: Route) -> Change | None:
        if route.status == "cancelled":
            return None
        check_step(route, "cancelled")
        orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
        on_it = [order for order in orders.values() if is_on(order, route.id)]
        out = next((order for order in on_it if order.status in UNDER_WAY), None)
        if out is not None:
            raise Conflict(
                f"Order {out.order_number} is {out.status} already.",
                code=ErrorCode.ORDER_UNDER_WAY,
                order_id=out.id,
            )
        by, now = context.principal.user_id, context.now
        freed = [leave(order, route, by=by, now=now) for order in on_it if order.status != "delivered"]
        return Change(new_values={"status": "cancelled"}, orders=freed)

    return change(context, route_id, version, decide)


def _present(route: Route) -> tuple[list[Stop], list[Order]]:
    """The stops whose orders are still on the route, and these. Raises Conflict `route_empty`."""
    orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
    stops = [stop for stop in route.stops if is_on(orders.get(stop.order_id), route.id)]
    if not stops:
        raise Conflict(code=ErrorCode.ROUTE_EMPTY)
    return stops, [orders[stop.order_id] for stop in stops]
