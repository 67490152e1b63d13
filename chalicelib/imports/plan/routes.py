"""Past routes from the replaced system.

Future routes are not imported: they are planned here. The orders of a past route belong to it as if it had been
driven here; no events are sent.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import id_of, local_day, wire
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import ShortText
from chalicelib.imports.map.cells import Reader, day, moment, past, word
from chalicelib.imports.map.rows import Row
from chalicelib.imports.plan.planning import Context, RowPlan, RowPlanner, Skipped
from chalicelib.imports.plan.references import References
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order
from chalicelib.models.route import Route, Stop
from chalicelib.routes.drafts import MOST_STOPS
from chalicelib.routes.driving import LEFT

Status = Literal["open", "completed", "cancelled"]

_STATUSES: Final[Mapping[str, Status]] = {
    **dict.fromkeys(("completed", "done", "finished", "closed", "已完成", "完成", "已結束"), "completed"),
    **dict.fromkeys(("cancelled", "canceled", "已取消", "取消"), "cancelled"),
    **dict.fromkeys(("draft", "planned", "optimized", "assigned", "in progress", "started", "active"), "open"),
    **dict.fromkeys(("草稿", "已規劃", "已指派", "進行中", "配送中"), "open"),
}
_ENDS: Final = ("delivered", "failed")
_SERVICE_MINUTES: Final = 5
_BETWEEN_IDS: Final = r"[\s,;、|>\[\]{}\"']+"
# The attributes that a newer file may change.
_CHANGEABLE = ("name", "date", "status", "driver_id", "started_at", "completed_at", "day_key", "driver_key")


class _Plain(Struct, frozen=True):
    name: ShortText | None = None


class _Draft(Struct, frozen=True):
    name: str | None
    day: dt.date
    status: Status
    driver: Driver | None
    orders: list[Order]
    started_at: dt.datetime | None
    completed_at: dt.datetime | None


class Routes(RowPlanner):
    """A row is one route; its stops are the other system's ids of its orders, in driving order."""

    model = Route
    # A route has up to 80 orders.
    rows_at_once = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._today = local_day(context.now, context.tenant.time_zone)
        self._driven: dict[str, list[Order]] = {}

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._drivers = References(Driver, "drivers", "driver_id", tenant_id, source, rows)
        self._orders = References(Order, "orders", "stops", tenant_id, source, rows, ids_in=ids_in)

    def draft(self, row: Row) -> _Draft:
        zone, now, reader = self.context.tenant.time_zone, self.context.now, Reader(row.values)
        date, plain = reader.cell("date", day), reader.named(_Plain)
        status: Status = reader.cell("status", word, _STATUSES) or "open"
        started_at = reader.cell("started_at", past, zone, now)
        completed_at = reader.cell("completed_at", past, zone, now)
        if status == "completed":
            reader.cell("date", past, zone, now)
        driver, orders = reader.part(self._drivers.of, row), reader.part(self._stops, row)
        reader.check()
        assert plain is not None and orders is not None, "nothing was wrong"  # noqa: S101, PT018
        if date is None:
            raise Invalid(("date", "missing"))
        if status == "open" and date.isoformat() >= self._today:
            raise Skipped("is not over; plan it here once its orders are")
        return _Draft(plain.name, date, status, driver, orders, started_at, completed_at)

    def new(self, draft: _Draft) -> Route:
        context, date = self.context, draft.day.isoformat()
        # A cancelled route may have a future day; it must not be newer than now.
        began = min(draft.started_at or moment("date", date, context.tenant.time_zone), context.now)
        return self._filled(Route(context.tenant.id, id_of(began), version=1, created_at=wire(began)), draft)

    def changes(self, record: Route, draft: _Draft) -> dict[str, Any]:
        fresh = self._filled(Route(record.tenant_id, record.id), draft)
        changes = {name: getattr(fresh, name) for name in _CHANGEABLE}
        if _comparable(fresh) != _comparable(record):
            changes["stops"] = fresh.stops
        return changes

    def stamp(self, record: Route) -> dict[str, Any]:
        return {**super().stamp(record), "notify": False, "correlation_id": self.context.correlation_id}

    def write_along(self, write: TransactWrite, plan: RowPlan) -> None:
        route_id = plan.record.id
        for order in self._driven.get(route_id, ()):
            if order.route_id != route_id:
                # No new version: nothing changed that clients show.
                write.update(
                    Order(order.tenant_id, order.id),
                    actions=[Order.route_id.set(route_id)],
                    condition=(Order.version == order.version) & Order.route_id.does_not_exist(),
                )

    def _stops(self, row: Row) -> list[Order]:
        orders = self._orders.all_of(row)
        if len(orders) > MOST_STOPS:
            raise Invalid(("stops", f"{MOST_STOPS} orders at most"))
        if len({order.id for order in orders}) != len(orders):
            raise Invalid(("stops", "an order stands here twice"))
        return orders

    def _filled(self, route: Route, draft: _Draft) -> Route:
        """Sets the route's attributes from the row. A past route that was never completed counts as driven."""
        date, driver = draft.day.isoformat(), draft.driver
        driven = draft.status != "cancelled"
        route.name, route.date, route.day_key = draft.name, date, f"{date}#{route.id}"
        route.status = "completed" if driven else "cancelled"
        route.driver_id = driver.id if driver else None
        route.driver_key = f"{driver.id}#{date}#{route.id}" if driver else None
        route.started_at = wire(draft.started_at) if draft.started_at else None
        route.completed_at = wire(draft.completed_at) if draft.completed_at else None
        route.updated_at = wire(self.context.now)
        route.notify, route.correlation_id = False, self.context.correlation_id
        stood = [order for order in draft.orders if driven and _may_have_been_on(order, route)]
        self._driven[route.id] = stood
        outcomes = {order.id: order.status for order in stood}
        route.stops = [
            Stop(
                order_id=order.id,
                service_minutes=_SERVICE_MINUTES,
                outcome=outcomes.get(order.id, LEFT) if driven else None,
            )
            for order in draft.orders
        ]
        return route


def ids_in(text: str) -> list[str]:
    """The ids of a cell: `12,15`, `{12,15}` as PostgreSQL writes it, or a JSON list, also of {"order_id": …}."""
    try:
        listed = msgspec.json.decode(text, type=list[str | int | dict[str, Any]])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return [each for each in re.split(_BETWEEN_IDS, text) if each]
    found = (each.get("order_id", each.get("id")) if isinstance(each, dict) else each for each in listed)
    return [str(each) for each in found if each is not None]


def _may_have_been_on(order: Order, route: Route) -> bool:
    """Whether the order has ended and its row names no other route and no other driver."""
    drivers = {order.driver_id, route.driver_id} - {None}
    return order.status in _ENDS and order.route_id in (None, route.id) and len(drivers) <= 1


def _comparable(route: Route) -> list[tuple[str, str | None]]:
    return [(stop.order_id, stop.outcome) for stop in route.stops]
