"""Proposes routes for a day's orders: selects the orders, makes a problem for the solver, and converts its
solution.

Nothing is written. Staff create the routes that they choose with `POST /v1/routes`, which checks the orders again.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import ceil, floor
from typing import Final

from msgspec import Struct

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rate_limits import Limit, spend
from chalicelib.auth.rules import rule
from chalicelib.core.clock import day_bounds, now, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.fields import Place, calendar_day, money_text
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.routes.members import OPEN
from chalicelib.routes.problem import Problem, Solution, Stop, Tour, Vehicle
from chalicelib.routes.proposals import (
    MOST_ORDERS,
    Proposal,
    ProposalDraft,
    RouteProposal,
    StopProposal,
    Unserved,
    VehicleDraft,
    WhyUnserved,
)

# One every 20 seconds, the longest time that the function runs. So a tenant has about three running at once, each
# of which occupies two of the account's concurrent executions; a new account has ten.
PROPOSALS: Final = Limit(
    "proposals",
    3,
    60,
    code=ErrorCode.TOO_MANY_PROPOSALS,
    detail="Too many routes are being worked out. Try again soon.",
)
# Kilograms; more than any truck carries.
_LARGEST_CAPACITY: Final = 100_000
_KILOGRAM: Final = 1_000
_DAY: Final = 24 * 3600
# Seconds; later than every shift, for a window without an end.
_NEVER: Final = 3 * _DAY

Errors = Iterator[tuple[str, str]]


class _Day(Struct, frozen=True):
    """A local day; its first instant is second 0 of the problem."""

    begins: dt.datetime
    ends: dt.datetime

    def holds(self, moment: dt.datetime) -> bool:
        return self.begins <= moment <= self.ends

    def opening(self, moment: dt.datetime) -> int:
        """The first whole second at or after the moment."""
        return ceil((moment - self.begins).total_seconds())

    def closing(self, moment: dt.datetime) -> int:
        """The last whole second at or before the moment."""
        return floor((moment - self.begins).total_seconds())

    def wire(self, second: int) -> str:
        return wire(self.begins + dt.timedelta(seconds=second))


@rule(roles=STAFF)
def propose(
    principal: Principal, tenant: Tenant, draft: ProposalDraft, *, solved: Callable[[Problem], Solution]
) -> Proposal:
    """Proposes routes for the draft's orders. solved: solves a problem.

    Raises Forbidden `delivery_only`, Invalid, TooFast `too_many_proposals`, and the errors of `solved`.
    """
    if tenant.kind != "delivery":
        raise Forbidden("Only businesses that deliver have routes.", code=ErrorCode.DELIVERY_ONLY)
    day = _Day(*day_bounds(calendar_day("date", draft.date), tenant.time_zone))
    _refuse(_vehicles_wrong(tenant.id, draft.vehicles, day))
    orders = _named(tenant.id, draft) if draft.order_ids is not None else _open_on(principal, draft.date)
    _refuse(_windows_wrong(draft, {order.id for order in orders}, day))
    refused = {order.id: why for order in orders if (why := _reason_unserved(order)) is not None}
    planned = [order for order in orders if order.id not in refused]
    if not planned:
        return Proposal([], _unserved(orders, refused), distance=0, duration=0, matrix=None)
    spend(PROPOSALS, tenant.id, now=now())
    solution = solved(_problem(draft, planned, day))
    refused |= {planned[left.stop].id: left.reason for left in solution.left}
    return Proposal(
        routes=[_route(draft, planned, day, tour) for tour in solution.tours],
        unserved=_unserved(orders, refused),
        distance=sum(tour.distance for tour in solution.tours),
        duration=sum(tour.driving for tour in solution.tours),
        matrix=solution.matrix,
    )


def load_of(order: Order) -> int:
    """The weight of an order in grams. Items without a product or whose product has no weight count as 0."""
    return int(sum((item.weight or 0) * int(item.quantity) for item in order.items) * _KILOGRAM)


def _refuse(errors: Errors) -> None:
    found = list(errors)
    if found:
        raise Invalid(*found)


def _vehicles_wrong(tenant_id: str, vehicles: Sequence[VehicleDraft], day: _Day) -> Errors:
    ids_to_read = {vehicle.driver_id for vehicle in vehicles if vehicle.driver_id is not None}
    rows = Driver.batch_get([(tenant_id, driver_id) for driver_id in ids_to_read])
    drivers = {row.id: row for row in rows}
    named: set[str] = set()
    for n, vehicle in enumerate(vehicles):
        field = f"vehicles.{n}"
        leaves, returns = _shift(vehicle, day)
        if not day.holds(vehicle.start_at):
            yield f"{field}.start_at", "not on that day"
        elif not leaves < returns <= leaves + _DAY:
            yield f"{field}.end_at", "not within a day after start_at"
        if vehicle.capacity is not None and not _is_capacity(vehicle.capacity):
            yield f"{field}.capacity", f"must be more than 0, at most {_LARGEST_CAPACITY} kg, and whole grams"
        if vehicle.driver_id is None:
            continue
        if vehicle.driver_id not in drivers:
            yield f"{field}.driver_id", "there is no such driver"
        elif drivers[vehicle.driver_id].status != "active":
            yield f"{field}.driver_id", "this driver is suspended"
        if vehicle.driver_id in named:
            yield f"{field}.driver_id", "drives another of these vehicles"
        named.add(vehicle.driver_id)


def _is_capacity(kilograms: Decimal) -> bool:
    return kilograms.is_finite() and 0 < kilograms <= _LARGEST_CAPACITY and kilograms == round(kilograms, 3)


def _shift(vehicle: VehicleDraft, day: _Day) -> tuple[int, int]:
    leaves = day.opening(vehicle.start_at)
    return leaves, leaves + _DAY if vehicle.end_at is None else day.closing(vehicle.end_at)


def _windows_wrong(draft: ProposalDraft, order_ids: set[str], day: _Day) -> Errors:
    named: set[str] = set()
    for n, window in enumerate(draft.time_windows):
        field = f"time_windows.{n}"
        if window.order_id not in order_ids:
            yield f"{field}.order_id", "not among the orders"
        if window.order_id in named:
            yield f"{field}.order_id", "has a window already"
        named.add(window.order_id)
        for name, moment in (("from", window.from_), ("until", window.until)):
            if moment is not None and not day.holds(moment):
                yield f"{field}.{name}", "not on that day"
        if window.from_ is None and window.until is None:
            yield field, "needs from or until"
        elif window.from_ and window.until and day.opening(window.from_) > day.closing(window.until):
            yield f"{field}.until", "before from"


def _windows(draft: ProposalDraft, day: _Day) -> Mapping[str, tuple[int, int]]:
    return {
        window.order_id: (
            0 if window.from_ is None else day.opening(window.from_),
            _NEVER if window.until is None else day.closing(window.until),
        )
        for window in draft.time_windows
    }


def _named(tenant_id: str, draft: ProposalDraft) -> list[Order]:
    """The orders that the draft lists. Raises Invalid."""
    ids = draft.order_ids or []
    rows = Order.batch_get([(tenant_id, order_id) for order_id in set(ids)], consistent_read=True)
    found = {row.id: row for row in rows}
    _refuse(_orders_wrong(ids, found, draft.date.isoformat()))
    return [found[order_id] for order_id in ids]


def _orders_wrong(ids: Sequence[str], found: Mapping[str, Order], day: str) -> Errors:
    named: set[str] = set()
    for n, order_id in enumerate(ids):
        if order_id not in found:
            yield f"order_ids.{n}", "there is no such order"
        elif found[order_id].day_key.partition("#")[0] != day:
            yield f"order_ids.{n}", "is for another day"
        if order_id in named:
            yield f"order_ids.{n}", "is named twice"
        named.add(order_id)


def _open_on(principal: Principal, day: dt.date) -> list[Order]:
    """The day's confirmed orders that are on no route, oldest first. Raises Invalid if there are too many."""
    found: list[Order] = []
    cursor: str | None = None
    while True:
        page = list_orders(principal, OrderQuery(date=day, status="confirmed", limit=100, cursor=cursor))
        found += (order for order in page.orders if order.route_id is None)
        if len(found) > MOST_ORDERS:
            raise Invalid(("order_ids", f"the day has more than {MOST_ORDERS} open orders: say which to plan"))
        cursor = page.next_cursor
        if cursor is None:
            return sorted(found, key=lambda order: order.id)


def _reason_unserved(order: Order) -> WhyUnserved | None:
    if order.status not in OPEN:
        return "not_open"
    if order.route_id is not None:
        return "on_a_route"
    return "no_location" if order.location is None else None


def _problem(draft: ProposalDraft, orders: Sequence[Order], day: _Day) -> Problem:
    places: dict[Place, int] = {}

    def place(spot: Place) -> int:
        return places.setdefault(spot, len(places))

    windows = _windows(draft, day)
    vehicles = [
        Vehicle(
            start=place(vehicle.start or draft.depot),
            end=place(vehicle.end or draft.depot),
            shift=_shift(vehicle, day),
            capacity=None if vehicle.capacity is None else int(vehicle.capacity * _KILOGRAM),
        )
        for vehicle in draft.vehicles
    ]
    stops = [
        Stop(
            place=place(Place(order.location.latitude, order.location.longitude)),
            load=load_of(order),
            service=draft.service_minutes * 60,
            window=windows.get(order.id),
        )
        for order in orders
    ]
    return Problem(list(places), stops, vehicles)


def _route(draft: ProposalDraft, orders: Sequence[Order], day: _Day, tour: Tour) -> RouteProposal:
    vehicle = draft.vehicles[tour.vehicle]
    return RouteProposal(
        vehicle=tour.vehicle,
        driver_id=vehicle.driver_id,
        start_at=day.wire(tour.departure),
        end_at=day.wire(tour.finish),
        depot=vehicle.start or draft.depot,
        distance=tour.distance,
        duration=tour.driving,
        load=money_text(Decimal(tour.load) / _KILOGRAM),
        stops=[
            StopProposal(orders[visit.stop].id, day.wire(visit.arrival), visit.waiting, draft.service_minutes)
            for visit in tour.visits
        ],
    )


def _unserved(orders: Sequence[Order], why: Mapping[str, WhyUnserved]) -> list[Unserved]:
    return [Unserved(order.id, why[order.id]) for order in orders if order.id in why]
