"""The request and the answer of route proposals."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from chalicelib.core.fields import Id, Instant, Place, WireTime
from chalicelib.routes.drafts import ServiceMinutes
from chalicelib.routes.problem import MatrixSource, WhyLeft

# With a place per vehicle, this makes a matrix of about 60,000 cells, which takes seconds to solve.
MOST_ORDERS: Final = 200
MOST_VEHICLES: Final = 20

# Why an order is on no route: it cannot be planned, or a reason of solver.py.
WhyUnserved = Literal["not_open", "on_a_route", "no_location"] | WhyLeft


class VehicleDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A vehicle for the day. capacity: kilograms, unlimited by default. end_at: by default a day after start_at.

    start, end: the depot by default.
    """

    driver_id: Id | None = None
    capacity: Decimal | None = None
    start_at: Instant
    end_at: Instant | None = None
    start: Place | None = None
    end: Place | None = None


class WindowDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """When an order may be delivered; an absent side is unlimited."""

    order_id: Id
    from_: Instant | None = field(name="from", default=None)
    until: Instant | None = None


class ProposalDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The orders and vehicles to plan. date: a local day; order_ids: by default all open orders of the day."""

    date: dt.date
    depot: Place
    vehicles: Annotated[list[VehicleDraft], Meta(min_length=1, max_length=MOST_VEHICLES)]
    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_ORDERS)] | None = None
    service_minutes: ServiceMinutes = 5
    time_windows: Annotated[list[WindowDraft], Meta(max_length=MOST_ORDERS)] = []


class StopProposal(Struct):
    """A stop. waiting: seconds from the arrival until its window opens."""

    order_id: str
    arrival: WireTime
    waiting: int
    service_minutes: int


class RouteProposal(Struct):
    """A vehicle's route. vehicle: its index in the request; depot: where it starts.

    distance: metres; duration: seconds of driving; load: kilograms, decimal text.
    """

    vehicle: int
    driver_id: str | None
    start_at: WireTime
    end_at: WireTime
    depot: Place
    distance: int
    duration: int
    load: str
    stops: list[StopProposal]


class Unserved(Struct):
    """An order that is on no route."""

    order_id: str
    reason: WhyUnserved


class Proposal(Struct):
    """Each order once, on a route or unserved; the routes' sums. matrix: null if no order could be planned."""

    routes: list[RouteProposal]
    unserved: list[Unserved]
    distance: int
    duration: int
    matrix: MatrixSource | None
