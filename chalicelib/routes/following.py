"""Routes follow their drivers: orders go out with the start, and turn `arriving` and `arrived` by position.

Every write here carries its own condition and may be repeated. What fails is made up for by the next position.
Few positions lead to a step, so its modules are imported with the first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs
from pynamodb.exceptions import PutError
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.core.clock import epoch, from_wire
from chalicelib.core.errors import Refusal, Unavailable
from chalicelib.core.logs import log
from chalicelib.models.base import condition_failed
from chalicelib.models.driver import Driver
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.models.route import Route, Stop
from chalicelib.models.route_progress import RouteProgress
from chalicelib.orders.estimates import estimate_of, minutes_until, went_out_at
from chalicelib.orders.rows import update_row
from chalicelib.orders.status import is_final
from chalicelib.routes.members import is_on
from chalicelib.routes.progress import Progress, Seen, Steps, Waiting, advance, packed, unpacked
from chalicelib.routes.rows import orders_by_id

# Older positions say where a driver was: of a phone that had no signal.
_FRESH: Final = timedelta(minutes=2)
# What holds still is said anew so often, that people see it does.
_CONFIRMED_EVERY: Final = timedelta(minutes=1)
_RETENTION: Final = timedelta(days=7)
# Whose name these steps have in an order's history.
_BY: Final = "route"


def send_out(route: Route, *, correlation_id: str, now: datetime) -> int:
    """Moves the orders of a route under way that are still `assigned` to `delivering`; how many there were."""
    orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
    moved = 0
    for stop in route.stops:
        order = orders.get(stop.order_id)
        if order is None or not is_on(order, route.id) or order.status != "assigned":
            continue
        also = _promised(stop, order, now)
        moved += _step(route, order.id, "delivering", correlation_id=correlation_id, now=now, also=also)
    return moved


def _promised(stop: Stop, order: Order, now: datetime) -> list[Action]:
    """What an order that goes out says of when its driver comes."""
    eta = from_wire(stop.planned_at) if stop.planned_at else None
    # Planned for a time that is over, it is driven to at another one: the next position says when.
    if eta is not None and eta > now:
        return [Order.estimated_time.set(minutes_until(eta, now))]
    # Of the attempt before. Otherwise somebody in the office has said it.
    return [Order.estimated_time.remove()] if went_out_at(order) is not None else []


class Moved(Struct, frozen=True):
    """A driver's newest position, and where they were on the way there, oldest first."""

    row: DriverPosition
    way: Sequence[Seen] = ()


def follow(moved: Iterable[Moved], now: datetime) -> int:
    """Brings the routes of these drivers to where the drivers are; how many there were.

    Costs one read for all drivers and two for all their routes, and for each route one read and at most one write.
    """
    fresh = {(each.row.tenant_id, each.row.id): each for each in moved if now - from_wire(each.row.at) <= _FRESH}
    routes = _routes_of(fresh)
    if not routes:
        return 0
    keys = [(route.tenant_id, route.id) for route in routes.values()]
    stored = {(row.tenant_id, row.id): row for row in RouteProgress.batch_get(keys, consistent_read=True)}
    for driver, route in routes.items():
        row = stored.get((route.tenant_id, route.id))
        try:
            _follow(route, fresh[driver], row, now)
        except Exception:  # noqa: BLE001 — one route's trouble holds up no other, and the next position comes soon
            log.exception("route_not_followed", extra={"tenant_id": route.tenant_id, "route_id": route.id})
    return len(routes)


def _routes_of(moved: Mapping[tuple[str, str], Moved]) -> dict[tuple[str, str], Route]:
    """The routes that are driven now, by driver."""
    drivers = Driver.batch_get(list(moved)) if moved else ()
    active = {(row.tenant_id, row.active_route_id): row.id for row in drivers if row.active_route_id}
    rows = Route.batch_get(list(active), consistent_read=True) if active else ()
    return {
        (row.tenant_id, row.driver_id): row
        for row in rows
        if row.status == "in_progress" and row.driver_id == active[row.tenant_id, row.id]
    }


def _follow(route: Route, moved: Moved, row: RouteProgress | None, now: datetime) -> None:
    position = moved.row
    before = unpacked(row.known if row is not None else None)
    # Each is a read; without those that are over, a route costs less from door to door.
    open_ids = [stop.order_id for stop in route.stops if stop.order_id not in before.done]
    orders = orders_by_id(route.tenant_id, open_ids)
    waiting = [
        Waiting(
            order_id=stop.order_id,
            place=order.location,
            service=timedelta(minutes=int(stop.service_minutes)),
            status=order.status,
            estimate=estimate_of(order),
        )
        for stop in route.stops
        if (order := orders.get(stop.order_id)) is not None
        and is_on(order, route.id)
        and order.status in {"assigned", *UNDER_WAY}
    ]
    here = Seen(position.latitude, position.longitude, from_wire(position.at), position.speed, position.accuracy)
    # Each once, but for the newest: orders may have changed since it was looked at.
    since = now - _FRESH if row is None else max(now - _FRESH, from_wire(row.at))
    way = [seen for seen in moved.way if since < seen.at < here.at]
    after, steps = advance(before, waiting, [*way, here])
    done = [order.id for order in orders.values() if is_final(order.kind, order.status)]
    after = structs.replace(after, done=[*before.done, *sorted(done)])
    _take(steps, route, orders, correlation_id=position.correlation_id, now=now)
    if after != before or row is None or here.at - from_wire(row.at) >= _CONFIRMED_EVERY:
        _keep(route, position.at, after, now)


def _take(steps: Steps, route: Route, orders: Mapping[str, Order], *, correlation_id: str, now: datetime) -> None:
    for order_id, eta in steps.arriving.items():
        also = [Order.estimated_time.set(minutes_until(eta, went_out_at(orders[order_id]) or now))]
        _step(route, order_id, "arriving", correlation_id=correlation_id, now=now, also=also)
    for order_id, eta in steps.later.items():
        minutes = minutes_until(eta, went_out_at(orders[order_id]) or now)
        if minutes == orders[order_id].estimated_time:
            # Beyond what can be said: it has been told as well as it can be.
            continue
        update_row(
            route.tenant_id,
            order_id,
            [Order.estimated_time.set(minutes)],
            (Order.route_id == route.id) & Order.status.is_in(*UNDER_WAY),
            notify=True,
            correlation_id=correlation_id,
            now=now,
        )
    for order_id in steps.arrived:
        _step(route, order_id, "arrived", correlation_id=correlation_id, now=now)


def _step(
    route: Route, order_id: str, status: str, *, correlation_id: str, now: datetime, also: Sequence[Action] = ()
) -> bool:
    """Whether the order took the step; somebody may have been quicker."""
    from chalicelib.orders.change import change_status  # noqa: PLC0415 - see above
    from chalicelib.orders.drafts import StatusDraft  # noqa: PLC0415 - see above

    # With the rights of the route's driver, so that an order which is another's by now stays as it is.
    principal = Principal(
        tenant_id=route.tenant_id,
        kind="delivery",
        user_id=_BY,
        role=DRIVER,
        session_id="",
        expires_at=0,
        driver_id=route.driver_id,
    )
    try:
        change_status(
            principal, order_id, StatusDraft(status=status), correlation_id=correlation_id, now=now, also=also
        )
    except Unavailable:
        raise  # nobody was quicker: the stream tries again
    except Refusal as refusal:
        log.info("step_not_taken", extra={"order_id": order_id, "status": status, "code": refusal.code})
        return False
    return True


def _keep(route: Route, at: str, progress: Progress, now: datetime) -> None:
    row = RouteProgress(
        route.tenant_id, route.id, at=at, known=packed(progress), expires_at=epoch(now + _RETENTION)
    )
    try:
        row.save(condition=RouteProgress.id.does_not_exist() | (RouteProgress.at < at))
    except PutError as error:
        if not condition_failed(error):
            raise
