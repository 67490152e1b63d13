"""Estimates a driver's arrivals, both for planned times and for those from positions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chalicelib.core.geo import Spot
from chalicelib.routes.travel import METRES_PER_SECOND, driving_seconds

# No two stops of a shift are so far apart. Then the place is wrong (0, 0, or in another country), and it must not
# delay the stops after it.
_LONGEST_LEG: Final = timedelta(days=1)


class Halt(Struct, frozen=True):
    """A place, None if it is not known, and how long the driver stays."""

    place: Spot | None
    service: timedelta


def arrivals(
    start: datetime, origin: Spot | None, halts: Sequence[Halt], *, first_leg: float = METRES_PER_SECOND
) -> list[datetime | None]:
    """The arrival at each halt in order; None if its place is not known or too far away.

    origin: where the driver is at `start`; without one, the first halt with a place. first_leg: metres a second on
    the way to the first halt.
    """
    found: list[datetime | None] = []
    at, moment, speed = origin, start, first_leg
    for halt in halts:
        place = halt.place
        if place is not None and at is not None:
            if is_reached(at, place):
                moment += timedelta(seconds=driving_seconds(at, place, speed))
            else:
                place = None
        if place is not None:
            at, speed = place, METRES_PER_SECOND
        found.append(None if place is None else moment)
        moment += halt.service
    return found


def is_reached(one: Spot, other: Spot) -> bool:
    """Whether a driver can drive from one to the other within a shift."""
    return driving_seconds(one, other) <= _LONGEST_LEG.total_seconds()
