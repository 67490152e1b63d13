"""Request bodies about a route."""

import datetime as dt
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Id, Instant, Place, ShortText, Version

# They are written in one transaction with their route; DynamoDB's limit is 100 writes.
MOST_STOPS: Final = 80

ServiceMinutes = Annotated[int, Meta(ge=0, le=240)]


class StopDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A stop for an order. service_minutes: how long the driver stays."""

    order_id: Id
    service_minutes: ServiceMinutes = 5


Stops = Annotated[list[StopDraft], Meta(min_length=1, max_length=MOST_STOPS)]


class RouteDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new route with its stops in driving order. date: a local day; start_at: with its zone."""

    date: dt.date
    stops: Stops
    name: ShortText | None = None
    depot: Place | None = None
    start_at: Instant | None = None


class RoutePatch(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a route; absent fields do not change, null removes one. version: that the client has seen."""

    name: ShortText | None | UnsetType = UNSET
    depot: Place | None | UnsetType = UNSET
    start_at: Instant | None | UnsetType = UNSET
    version: Version | None = None


class StopsDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """All stops that the route should have.

    version: that the client has seen. Required: otherwise a client that has not seen a new stop of a colleague
    would remove it and fail its order.
    """

    stops: Stops
    version: Version


class RouteAssignDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The driver of the route."""

    driver_id: Id
    version: Version | None = None


class RouteStepDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A status change of a route. version: that the client has seen."""

    version: Version | None = None


def check_once(stops: list[StopDraft]) -> None:
    """Raises Invalid if an order occurs twice."""
    seen: set[str] = set()
    for n, stop in enumerate(stops):
        if stop.order_id in seen:
            raise Invalid((f"stops.{n}.order_id", "is on this route already"))
        seen.add(stop.order_id)
