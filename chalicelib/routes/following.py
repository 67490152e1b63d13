"""Updates routes by their drivers' positions: orders become `delivering`, `arriving` and `arrived`.

Every write has a condition and may be repeated. After a failure the next position corrects the state. Few
positions change an order's status, so the modules for that are imported with the first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.core.clock import epoch, from_wire
from chalicelib.core.errors import Refusal, Unavailable
from chalicelib.core.logs import log
from chalicelib.models.driver import Driver
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.models.route import Route, Stop
from chalicelib.models.route_progress import RouteProgress
from chalicelib.orders.estimates import attempt_started_at, estimate_of, minutes_until
from chalicelib.orders.rows import update_row
from chalicelib.orders.status import is_final
from chalicelib.routes.progress import Progress, Steps, TrackedPosition, Waiting, advance, packed, unpacked
from chalicelib.routes.rows import is_on, orders_by_id

# Older positions are of a phone that had no signal; they do not show where the driver is now.
_FRESH: Final = timedelta(minutes=2)
# An unchanged estimate is stored again after this time, so that users see that it is up to date.
_CONFIRMED_EVERY: Final = timedelta(minutes=1)
_RETENTION: Final = timedelta(days=7)
# The `by` of these status changes in an order's history.
_BY: Final = "route"


def start_deliveries(route: Route, *, correlation_id: str, now: datetime) -> int:
    """Changes the `assigned` orders of a started route to `delivering`; returns how many."""
    orders = orders_by_id(route.tenant_id, (stop.order_id for stop in route.stops))
    moved = 0
    for stop in route.stops:
        order = orders.get(stop.order_id)
        if order is None or not is_on(order, route.id) or order.status != "assigned":
            continue
        also = _set_eta(stop, order, now)
        moved += _step(route, order.id, "delivering", correlation_id=correlation_id, now=now, also=also)
    return moved


def _set_eta(stop: Stop, order: Order, now: datetime) -> list[Action]:
    """The actions that set the estimated arrival of an order that becomes `delivering`."""
    eta = from_wire(stop.planned_at) if stop.planned_at else None
    # A planned time in the past is not used; the next position gives an estimate.
    if eta is not None and eta > now:
        return [Order.estimated_time.set(minutes_until(eta, now))]
    # An estimate of the previous attempt is removed. One before the first attempt was set by the office.
    return [Order.estimated_time.remove()] if attempt_started_at(order) is not None else []


class NewPosition(Struct, frozen=True):
    """A driver's newest position, and the positions on the way there, oldest first."""

    row: DriverPosition
    way: Sequence[TrackedPosition] = ()


def follow(new_positions: Iterable[NewPosition], now: datetime) -> int:
    """Updates the routes of these drivers; returns how many.

    It costs one read for all drivers and two for all their routes, and for each route one read and at most one
    write.
    """
    fresh = {
        (each.row.tenant_id, each.row.id): each for each in new_positions if now - from_wire(each.row.at) <= _FRESH
    }
    routes = _routes_of(fresh)
    if not routes:
        return 0
    keys = [(route.tenant_id, route.id) for route in routes.values()]
    stored = {(row.tenant_id, row.id): row for row in RouteProgress.batch_get(keys, consistent_read=True)}
    for driver, route in routes.items():
        row = stored.get((route.tenant_id, route.id))
        try:
            _follow_position(route, fresh[driver], row, now)
        except Exception:  # noqa: BLE001 — one route's trouble holds up no other, and the next position comes soon
            log.exception("route_not_followed", extra={"tenant_id": route.tenant_id, "route_id": route.id})
    return len(routes)


def _routes_of(new_positions: Mapping[tuple[str, str], NewPosition]) -> dict[tuple[str, str], Route]:
    """The active routes, by driver."""
    drivers = Driver.batch_get(list(new_positions))
    active = {(row.tenant_id, row.active_route_id): row.id for row in drivers if row.active_route_id}
    rows = Route.batch_get(list(active), consistent_read=True)
    return {
        (row.tenant_id, row.driver_id): row
        for row in rows
        if row.status == "in_progress" and row.driver_id == active[row.tenant_id, row.id]
    }


def _follow_position(route: Route, new: NewPosition, row: RouteProgress | None, now: datetime) -> None:
    position = new.row
    before = unpacked(row.known if row is not None else None)
    # Each order costs a read, so finished ones are skipped.
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
    here = TrackedPosition(
        position.latitude, position.longitude, from_wire(position.at), position.speed, position.accuracy
    )
    # Each position once, except the newest, because orders may have changed since it was handled.
    since = now - _FRESH if row is None else max(now - _FRESH, from_wire(row.at))
    way = [seen for seen in new.way if since < seen.at < here.at]
    after, steps = advance(before, waiting, [*way, here])
    done = [order.id for order in orders.values() if is_final(order.kind, order.status)]
    after = structs.replace(after, done=[*before.done, *sorted(done)])
    _take(steps, route, orders, correlation_id=position.correlation_id, now=now)
    if after != before or row is None or here.at - from_wire(row.at) >= _CONFIRMED_EVERY:
        _store_progress(route, position.at, after, now)


def _take(steps: Steps, route: Route, orders: Mapping[str, Order], *, correlation_id: str, now: datetime) -> None:
    for order_id, eta in steps.arriving.items():
        also = [Order.estimated_time.set(minutes_until(eta, attempt_started_at(orders[order_id]) or now))]
        _step(route, order_id, "arriving", correlation_id=correlation_id, now=now, also=also)
    for order_id, eta in steps.later.items():
        minutes = minutes_until(eta, attempt_started_at(orders[order_id]) or now)
        if minutes == orders[order_id].estimated_time:
            # The estimate is out of the range that an order can have; leave it as it is.
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
    """Changes an order's status; returns False if another request was faster."""
    from chalicelib.orders.change import change_status  # noqa: PLC0415 - see above
    from chalicelib.orders.drafts import StatusDraft  # noqa: PLC0415 - see above

    # With the rights of the route's driver, so that an order of another driver does not change.
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
        raise  # no other request was faster: the stream tries again
    except Refusal as refusal:
        log.info("step_not_taken", extra={"order_id": order_id, "status": status, "code": refusal.code})
        return False
    return True


def _store_progress(route: Route, at: str, progress: Progress, now: datetime) -> None:
    row = RouteProgress(
        route.tenant_id, route.id, at=at, known=packed(progress), expires_at=epoch(now + _RETENTION)
    )
    row.save_if(RouteProgress.id.does_not_exist() | (RouteProgress.at < at))
