"""What staff may send to have routes proposed, and what they get."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from chalicelib.core.fields import Id, Instant, Place, WireTime
from chalicelib.routes.drafts import ServiceMinutes
from chalicelib.routes.problem import MatrixSource, WhyLeft

# With vehicles of their own they make a matrix of some 60,000 cells, and seconds of work.
MOST_ORDERS: Final = 200
MOST_VEHICLES: Final = 20

# Why an order is on no route: it cannot be planned at all, or solver.py has left it out.
WhyUnserved = Literal["not_open", "on_a_route", "no_location"] | WhyLeft


class VehicleDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A vehicle for the day. capacity: kilograms, any load unless said. end_at: a day after start_at unless said.

    start, end: the depot unless said.
    """

    driver_id: Id | None = None
    capacity: Decimal | None = None
    start_at: Instant
    end_at: Instant | None = None
    start: Place | None = None
    end: Place | None = None


class WindowDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """When an order may be delivered; the side that is left out is open."""

    order_id: Id
    from_: Instant | None = field(name="from", default=None)
    until: Instant | None = None


class ProposalDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What is to be planned. date: a local day; order_ids: all its open orders unless said."""

    date: dt.date
    depot: Place
    vehicles: Annotated[list[VehicleDraft], Meta(min_length=1, max_length=MOST_VEHICLES)]
    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_ORDERS)] | None = None
    service_minutes: ServiceMinutes = 5
    time_windows: Annotated[list[WindowDraft], Meta(max_length=MOST_ORDERS)] = []


class StopProposal(Struct):
    """An order's turn. waiting: seconds from the arrival until its window opens."""

    order_id: str
    arrival: WireTime
    waiting: int
    service_minutes: int


class RouteProposal(Struct):
    """A vehicle's route. vehicle: where it stands in the request; depot: where it starts.

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
    """An order that is on none of the routes."""

    order_id: str
    reason: WhyUnserved


class Proposal(Struct):
    """Each order once, on a route or unserved; the routes' sums. matrix: null where there was nothing to drive."""

    routes: list[RouteProposal]
    unserved: list[Unserved]
    distance: int
    duration: int
    matrix: MatrixSource | None
