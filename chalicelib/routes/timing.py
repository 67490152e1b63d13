"""When a driver will be where: the one estimate behind plans and what positions say of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chalicelib.core.geo import Spot
from chalicelib.routes.travel import METRES_PER_SECOND, driving_seconds

# No shift has a way as long as this between two doors: the place is wrong (0, 0, or of another country), and must
# not put off everybody after it.
_LONGEST_LEG: Final = timedelta(days=1)


class Halt(Struct, frozen=True):
    """A place to go to, None where it is not known, and how long the driver stays."""

    place: Spot | None
    service: timedelta


def arrivals(
    start: datetime, origin: Spot | None, halts: Sequence[Halt], *, first_leg: float = METRES_PER_SECOND
) -> list[datetime | None]:
    """When the driver gets to each halt, one after the other; None where the place is not known, or out of reach.

    origin: where the driver is at `start`; without one, at the first halt that has a place. first_leg: metres a
    second on the way to the first halt.
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
    """Whether anybody would drive from one to the other."""
    return driving_seconds(one, other) <= _LONGEST_LEG.total_seconds()
