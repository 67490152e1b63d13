"""What a client may send about a route."""

import datetime as dt
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Id, Instant, Place, ShortText, Version

# With their route they are written in one transaction, which takes 100 writes.
MOST_STOPS: Final = 80

ServiceMinutes = Annotated[int, Meta(ge=0, le=240)]


class StopDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """An order to go to. service_minutes: how long the driver is there."""

    order_id: Id
    service_minutes: ServiceMinutes = 5


Stops = Annotated[list[StopDraft], Meta(min_length=1, max_length=MOST_STOPS)]


class RouteDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new route; its stops in the order in which they are driven. date: a local day; start_at: with its zone."""

    date: dt.date
    stops: Stops
    name: ShortText | None = None
    depot: Place | None = None
    start_at: Instant | None = None


class RoutePatch(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What to change; what is absent stays, null removes. version: the one that was seen."""

    name: ShortText | None | UnsetType = UNSET
    depot: Place | None | UnsetType = UNSET
    start_at: Instant | None | UnsetType = UNSET
    version: Version | None = None


class StopsDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """All stops of a route, as they are to be: in another order, with more, with fewer.

    version: as seen. Not optional: who has not seen a colleague's stop would take it off, and fail its order.
    """

    stops: Stops
    version: Version


class RouteAssignDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Who drives."""

    driver_id: Id
    version: Version | None = None


class RouteStepDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A step of a route. version: the one that was seen."""

    version: Version | None = None


def check_once(stops: list[StopDraft]) -> None:
    """Raises Invalid where an order is named twice."""
    seen: set[str] = set()
    for n, stop in enumerate(stops):
        if stop.order_id in seen:
            raise Invalid((f"stops.{n}.order_id", "is on this route already"))
        seen.add(stop.order_id)
