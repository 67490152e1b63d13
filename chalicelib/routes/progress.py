"""Computes a route's progress from its driver's positions: estimated arrivals, and which orders change status.

Nothing here reads or writes. The orders contain their current status and estimate, so a repeated position changes
nothing.
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

# The SMS that is sent at this point promises "in 10–15 minutes".
ARRIVING: Final = timedelta(minutes=15)
# A customer is notified of an estimate that differs at least so much.
REPORTED_CHANGE: Final = timedelta(minutes=10)
# A driver has arrived if so near, for so long and so slow. Passing by at 25 km/h, a driver is near for 29 seconds.
_DOOR_METRES: Final = 100.0
_DWELL: Final = timedelta(seconds=30)
# The same for a stop that is not the next one: longer than a red light, because otherwise waiting at a crossing
# near a stop would count as an arrival.
_DWELL_OUT_OF_TURN: Final = timedelta(minutes=2)
_WALKING: Final = 3.0
# Metres a second. A slower driver is waiting, so the average speed is used instead.
_STANDING: Final = 1.0
# A smaller change of an estimate is not written.
_STEADY: Final = timedelta(seconds=30)
_ON_THE_WAY: Final = frozenset({"delivering", "arriving"})


class Progress(Struct, frozen=True, array_like=True):
    """The stored progress of a route; times as on the wire.

    etas: estimated arrivals by order. near: by order, since when the driver is at the door. done: finished orders.
    """

    etas: dict[str, str] = {}
    near: dict[str, str] = {}
    done: list[str] = []


NONE: Final = Progress()


class Waiting(Struct, frozen=True):
    """A stop that is not finished. status: the order's; estimate: the arrival known to the customer, or None."""

    order_id: str
    place: Spot | None
    service: timedelta
    status: str
    estimate: datetime | None


class TrackedPosition(Struct, frozen=True):
    """A driver's position. at: an instant; speed: metres a second, accuracy: metres, both None if not known."""

    latitude: float
    longitude: float
    at: datetime
    speed: float | None
    accuracy: float | None = None


class Steps(Struct, frozen=True):
    """The resulting changes of orders. arriving, later: estimated arrivals by order; arrived: orders."""

    arriving: Mapping[str, datetime]
    later: Mapping[str, datetime]
    arrived: Sequence[str]


def advance(
    before: Progress, waiting: Sequence[Waiting], way: Sequence[TrackedPosition]
) -> tuple[Progress, Steps]:
    """The new progress of the route, and the resulting changes of orders.

    waiting: in driving order. way: the driver's new positions, oldest first, at least one. A driver who stayed at
    a door has arrived there, even if they have left since. The last position decides the estimates.
    """
    progress, came = before, dict[str, datetime]()
    for position in way:
        progress, steps = _look(progress, waiting, position)
        for order_id in steps.arrived:
            came.setdefault(order_id, position.at)
    # The status table allows `arrived` only after `arriving`.
    left = {
        stop.order_id: came[stop.order_id]
        for stop in waiting
        if stop.order_id in came and stop.status == "delivering"
    }
    later = {order_id: moment for order_id, moment in steps.later.items() if order_id not in came}
    return progress, Steps({**steps.arriving, **left}, later, list(came))


def _look(before: Progress, waiting: Sequence[Waiting], position: TrackedPosition) -> tuple[Progress, Steps]:
    near = _near(before, waiting, position)
    stayed = _stayed(near, waiting, position)
    found = _times(near, stayed, waiting, position)
    arriving = {
        stop.order_id: moment
        for stop in waiting
        if stop.status == "delivering"
        and (moment := found.get(stop.order_id))
        and moment - position.at <= ARRIVING
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
        if stop.order_id in stayed and stop.status in _ON_THE_WAY and _is_precise(position) and _walks(position)
    ]
    etas = {order_id: _stable_eta(before.etas.get(order_id), moment) for order_id, moment in found.items()}
    return Progress(etas, near, before.done), Steps(arriving, later, arrived)


def _near(before: Progress, waiting: Sequence[Waiting], position: TrackedPosition) -> dict[str, str]:
    """By order, since when the driver is at the door."""
    if not _is_precise(position):
        # The position is too inaccurate to decide; the state does not change.
        return {stop.order_id: before.near[stop.order_id] for stop in waiting if stop.order_id in before.near}
    return {
        stop.order_id: before.near.get(stop.order_id, wire(position.at))
        for stop in waiting
        if stop.place is not None and metres(position, stop.place) <= _DOOR_METRES
    }


def _stayed(near: Mapping[str, str], waiting: Sequence[Waiting], position: TrackedPosition) -> set[str]:
    """The orders at whose door the driver has been for long enough."""
    found: set[str] = set()
    in_turn = True
    for stop in waiting:
        since = near.get(stop.order_id)
        if since is None:
            in_turn = in_turn and not _is_ahead(stop, position)
        elif position.at - from_wire(since) >= (_DWELL if in_turn else _DWELL_OUT_OF_TURN):
            found.add(stop.order_id)
    return found


def _is_ahead(stop: Waiting, position: TrackedPosition) -> bool:
    """Whether the stop may be the driver's next: it is not finished and its place is plausible."""
    return stop.status != "arrived" and stop.place is not None and is_reached(position, stop.place)


def _times(
    near: Mapping[str, str], stayed: set[str], waiting: Sequence[Waiting], position: TrackedPosition
) -> dict[str, datetime]:
    """The estimated arrivals: first the stops where the driver is, then the others in order."""
    here = [stop for stop in waiting if stop.order_id in stayed]
    ahead = [stop for stop in waiting if stop.order_id not in stayed]
    leaves = position.at + sum((_remaining_time(near, stop, position) for stop in here), timedelta())
    halts = [Halt(stop.place, _remaining_time(near, stop, position)) for stop in ahead]
    times = arrivals(leaves, position, halts, first_leg=_speed(position))
    found = {stop.order_id: position.at for stop in here}
    found |= {stop.order_id: moment for stop, moment in zip(ahead, times, strict=True) if moment is not None}
    # Estimates out of the range that an order can have are omitted.
    return {
        stop.order_id: found[stop.order_id]
        for stop in waiting
        if stop.order_id in found and found[stop.order_id] - position.at <= LONGEST
    }


def _remaining_time(near: Mapping[str, str], stop: Waiting, position: TrackedPosition) -> timedelta:
    """The remaining time at a stop."""
    since = near.get(stop.order_id)
    spent = timedelta() if since is None else max(timedelta(), position.at - from_wire(since))
    return max(timedelta(), stop.service - spent)


def packed(progress: Progress) -> bytes:
    """Progress as stored bytes."""
    return msgpack.encode(progress)


def unpacked(stored: bytes | None) -> Progress:
    """The progress of stored bytes; empty for None."""
    return msgpack.decode(stored, type=Progress) if stored else NONE


def _speed(position: TrackedPosition) -> float:
    """The expected speed until the next stop: the mean of the current and the average one."""
    if position.speed is None or position.speed < _STANDING:
        return METRES_PER_SECOND
    return (position.speed + METRES_PER_SECOND) / 2


def _walks(position: TrackedPosition) -> bool:
    return (position.speed or 0) <= _WALKING


def _is_precise(position: TrackedPosition) -> bool:
    """Whether the position is accurate enough to decide whether the driver is at a door."""
    return (position.accuracy or 0) <= _DOOR_METRES


def _stable_eta(before: str | None, moment: datetime) -> str:
    return before if before is not None and abs(from_wire(before) - moment) < _STEADY else wire(moment)
