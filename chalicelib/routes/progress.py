"""What a driver's position says of a route: when they will be where, who is to be told, who has them at the door.

Nothing here reads or writes. What was told already stands on the orders themselves (status and estimate), so a
position that comes twice says nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, msgpack

from chalicelib.clock import from_wire, wire
from chalicelib.geo import Spot, metres
from chalicelib.routes.timing import Halt, arrivals
from chalicelib.routes.travel import METRES_PER_SECOND

# "In 10–15 minutes", says the text that goes out with it.
ARRIVING: Final = timedelta(minutes=15)
# A customer is told of another time from here on.
TOLD_AGAIN: Final = timedelta(minutes=10)
# At the door: so near, so long, so slowly. Who drives by at 25 km/h is near for 29 seconds.
_DOOR_METRES: Final = 100.0
_DWELL: Final = timedelta(seconds=30)
_WALKING: Final = 3.0
# Below this a driver waits at lights; what they will drive then is the average.
_STANDING: Final = 1.0
# An estimate that moves by less is left as it is, and not written.
_STEADY: Final = timedelta(seconds=30)
_ON_THE_WAY: Final = frozenset({"delivering", "arriving"})


class Progress(Struct, frozen=True, array_like=True):
    """Of a route, as it is kept, with times on the wire's form.

    etas: by order, when the driver will be there. near: by order, since when the driver is at the door.
    """

    etas: dict[str, str] = {}
    near: dict[str, str] = {}


NONE: Final = Progress()


class Waiting(Struct, frozen=True):
    """A stop that is still to come. status: the order's; estimate: when the customer expects the driver, None for
    not said."""

    order_id: str
    place: Spot | None
    service: timedelta
    status: str
    estimate: datetime | None


class Seen(Struct, frozen=True):
    """Where a driver is. at: an instant; speed: metres a second, None for not known."""

    latitude: float
    longitude: float
    at: datetime
    speed: float | None


class Steps(Struct, frozen=True):
    """What follows for orders. arriving, later: with when the driver will be there; arrived: by order."""

    arriving: Mapping[str, datetime]
    later: Mapping[str, datetime]
    arrived: Sequence[str]


def advance(before: Progress, waiting: Sequence[Waiting], seen: Seen) -> tuple[Progress, Steps]:
    """How far the route has come, and what follows. waiting: in the order in which they are driven."""
    halts = [Halt(stop.place, stop.service) for stop in waiting]
    times = arrivals(seen.at, seen, halts, first_leg=_speed(seen))
    found = {stop.order_id: moment for stop, moment in zip(waiting, times, strict=True) if moment is not None}
    near = {
        stop.order_id: before.near.get(stop.order_id, wire(seen.at))
        for stop in waiting
        if stop.place is not None and metres(seen, stop.place) <= _DOOR_METRES
    }
    arrived = {order_id for order_id, since in near.items() if _is_there(since, seen)}
    arriving = {
        stop.order_id: moment
        for stop in waiting
        if stop.status == "delivering" and (moment := found.get(stop.order_id)) and moment - seen.at <= ARRIVING
    }
    later = {
        stop.order_id: moment
        for stop in waiting
        if stop.order_id not in arriving
        and stop.status in _ON_THE_WAY
        and (moment := found.get(stop.order_id))
        and (stop.estimate is None or abs(moment - stop.estimate) > TOLD_AGAIN)
    }
    there = [stop.order_id for stop in waiting if stop.order_id in arrived and stop.status in _ON_THE_WAY]
    etas = {order_id: _steady(before.etas.get(order_id), moment) for order_id, moment in found.items()}
    return Progress(etas, near), Steps(arriving, later, there)


def packed(progress: Progress) -> bytes:
    """Progress as it is stored."""
    return msgpack.encode(progress)


def unpacked(stored: bytes | None) -> Progress:
    """The progress of such bytes; none so far for None."""
    return msgpack.decode(stored, type=Progress) if stored else NONE


def _speed(seen: Seen) -> float:
    """What the driver will drive until the next stop: half as now, half as everybody."""
    if seen.speed is None or seen.speed < _STANDING:
        return METRES_PER_SECOND
    return (seen.speed + METRES_PER_SECOND) / 2


def _is_there(since: str, seen: Seen) -> bool:
    return seen.at - from_wire(since) >= _DWELL and (seen.speed or 0) <= _WALKING


def _steady(before: str | None, moment: datetime) -> str:
    return before if before is not None and abs(from_wire(before) - moment) < _STEADY else wire(moment)
