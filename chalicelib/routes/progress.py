"""What a driver's position says of a route: when they will be where, who is to be told, who has them at the door.

Nothing here reads or writes. What was told already stands on the orders themselves (status and estimate), so a
position that comes twice says nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, msgpack

from chalicelib.core.clock import from_wire, wire
from chalicelib.core.geo import Spot, metres
from chalicelib.orders.estimates import LONGEST
from chalicelib.routes.timing import Halt, arrivals, is_reached
from chalicelib.routes.travel import METRES_PER_SECOND

# "In 10–15 minutes", says the text that goes out with it.
ARRIVING: Final = timedelta(minutes=15)
# A customer is told of another time from here on.
REPORTED_CHANGE: Final = timedelta(minutes=10)
# At the door: so near, so long, so slowly. Who drives by at 25 km/h is near for 29 seconds.
_DOOR_METRES: Final = 100.0
_DWELL: Final = timedelta(seconds=30)
# At the door of a stop that is not the next one: longer than a red light, else every crossing near some door would
# be an arrival.
_DWELL_OUT_OF_TURN: Final = timedelta(minutes=2)
_WALKING: Final = 3.0
# Below this a driver waits at lights; what they will drive then is the average.
_STANDING: Final = 1.0
# An estimate that moves by less is left as it is, and not written.
_STEADY: Final = timedelta(seconds=30)
_ON_THE_WAY: Final = frozenset({"delivering", "arriving"})


class Progress(Struct, frozen=True, array_like=True):
    """Of a route, as it is kept, with times on the wire's form.

    etas: by order, when the driver will be there. near: by order, since when the driver is at the door.
    done: orders that nothing will happen to any more.
    """

    etas: dict[str, str] = {}
    near: dict[str, str] = {}
    done: list[str] = []


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
    """Where a driver is. at: an instant; speed: metres a second, accuracy: metres, None for not known."""

    latitude: float
    longitude: float
    at: datetime
    speed: float | None
    accuracy: float | None = None


class Steps(Struct, frozen=True):
    """What follows for orders. arriving, later: with when the driver will be there; arrived: by order."""

    arriving: Mapping[str, datetime]
    later: Mapping[str, datetime]
    arrived: Sequence[str]


def advance(before: Progress, waiting: Sequence[Waiting], way: Sequence[Seen]) -> tuple[Progress, Steps]:
    """How far the route has come, and what follows.

    waiting: in the order in which they are driven. way: where the driver was since, oldest first, at least one.
    Who stayed at a door has been there, wherever they are by now; when they will be where, the last of it says.
    """
    progress, came = before, dict[str, datetime]()
    for seen in way:
        progress, steps = _look(progress, waiting, seen)
        for order_id in steps.arrived:
            came.setdefault(order_id, seen.at)
    # The table leads to `arrived` by `arriving` only.
    left = {
        stop.order_id: came[stop.order_id]
        for stop in waiting
        if stop.order_id in came and stop.status == "delivering"
    }
    later = {order_id: moment for order_id, moment in steps.later.items() if order_id not in came}
    return progress, Steps({**steps.arriving, **left}, later, list(came))


def _look(before: Progress, waiting: Sequence[Waiting], seen: Seen) -> tuple[Progress, Steps]:
    near = _near(before, waiting, seen)
    stayed = _stayed(near, waiting, seen)
    found = _times(near, stayed, waiting, seen)
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
        and (stop.estimate is None or abs(moment - stop.estimate) > REPORTED_CHANGE)
    }
    arrived = [
        stop.order_id
        for stop in waiting
        if stop.order_id in stayed and stop.status in _ON_THE_WAY and _is_precise(seen) and _walks(seen)
    ]
    etas = {order_id: _steady(before.etas.get(order_id), moment) for order_id, moment in found.items()}
    return Progress(etas, near, before.done), Steps(arriving, later, arrived)


def _near(before: Progress, waiting: Sequence[Waiting], seen: Seen) -> dict[str, str]:
    """Since when the driver is at which doors."""
    if not _is_precise(seen):
        # Neither there nor gone.
        return {stop.order_id: before.near[stop.order_id] for stop in waiting if stop.order_id in before.near}
    return {
        stop.order_id: before.near.get(stop.order_id, wire(seen.at))
        for stop in waiting
        if stop.place is not None and metres(seen, stop.place) <= _DOOR_METRES
    }


def _stayed(near: Mapping[str, str], waiting: Sequence[Waiting], seen: Seen) -> set[str]:
    """At whose door the driver has been for long enough."""
    found: set[str] = set()
    in_turn = True
    for stop in waiting:
        since = near.get(stop.order_id)
        if since is None:
            in_turn = in_turn and not _is_ahead(stop, seen)
        elif seen.at - from_wire(since) >= (_DWELL if in_turn else _DWELL_OUT_OF_TURN):
            found.add(stop.order_id)
    return found


def _is_ahead(stop: Waiting, seen: Seen) -> bool:
    """Whether the driver goes there before anywhere else: not where they have been, nor where nobody finds."""
    return stop.status != "arrived" and stop.place is not None and is_reached(seen, stop.place)


def _times(
    near: Mapping[str, str], stayed: set[str], waiting: Sequence[Waiting], seen: Seen
) -> dict[str, datetime]:
    """When the driver is where: first with those at whose door they stay, then in turn."""
    here = [stop for stop in waiting if stop.order_id in stayed]
    ahead = [stop for stop in waiting if stop.order_id not in stayed]
    leaves = seen.at + sum((_left(near, stop, seen) for stop in here), timedelta())
    halts = [Halt(stop.place, _left(near, stop, seen)) for stop in ahead]
    times = arrivals(leaves, seen, halts, first_leg=_speed(seen))
    found = {stop.order_id: seen.at for stop in here}
    found |= {stop.order_id: moment for stop, moment in zip(ahead, times, strict=True) if moment is not None}
    # What nobody would tell a customer is not known.
    return {
        stop.order_id: found[stop.order_id]
        for stop in waiting
        if stop.order_id in found and found[stop.order_id] - seen.at <= LONGEST
    }


def _left(near: Mapping[str, str], stop: Waiting, seen: Seen) -> timedelta:
    """Of the time that a stop takes."""
    since = near.get(stop.order_id)
    spent = timedelta() if since is None else max(timedelta(), seen.at - from_wire(since))
    return max(timedelta(), stop.service - spent)


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


def _walks(seen: Seen) -> bool:
    return (seen.speed or 0) <= _WALKING


def _is_precise(seen: Seen) -> bool:
    """Whether the receiver knew better than how far a door reaches."""
    return (seen.accuracy or 0) <= _DOOR_METRES


def _steady(before: str | None, moment: datetime) -> str:
    return before if before is not None and abs(from_wire(before) - moment) < _STEADY else wire(moment)
