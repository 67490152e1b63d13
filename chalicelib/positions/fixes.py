"""GPS fixes of phones, and checks of whether they are plausible."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from chalicelib.core.clock import from_wire, wire
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Instant, Latitude, Longitude, instant
from chalicelib.core.geo import metres

# Metres a second, 216 km/h. No vehicle with gas drives so fast; a larger distance is an error of the receiver.
FASTEST: Final = 60.0
# Metres. A less accurate fix does not even show the street.
HOPELESS_ACCURACY: Final = 500.0
# Phones' clocks are set by the network, to a second or two.
_AHEAD: Final = dt.timedelta(seconds=60)
# Older fixes are useless, and so are those of a phone whose clock is a day behind.
_OLDEST: Final = dt.timedelta(hours=24)
# Tolerance for the receiver's error, so that two fixes within a second do not look like a jump.
_SLACK_METRES: Final = 100.0


# Phones send -1 for a speed or heading that they do not know.
_UNKNOWN: Final = -1

# `points` accepts -1 as the only negative number.
Speed = Annotated[float, Meta(ge=_UNKNOWN, le=150)]
Heading = Annotated[float, Meta(ge=_UNKNOWN, le=360)]
Accuracy = Annotated[float, Meta(ge=0, le=1_000_000)]


class Fix(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The position of a phone. speed: metres a second; heading: degrees clockwise from north; accuracy: metres.

    speed, heading: null or -1 if unknown. timestamp: when, with its zone.
    """

    latitude: Latitude
    longitude: Longitude
    timestamp: Instant
    speed: Speed | None = None
    heading: Heading | None = None
    accuracy: Accuracy | None = None


class Point(Struct, frozen=True, array_like=True, order=True):
    """A fix as it is stored. at: as on the wire, so that points sort by time."""

    at: str
    latitude: float
    longitude: float
    speed: float | None = None
    heading: float | None = None
    accuracy: float | None = None


def points(fixes: Sequence[Fix]) -> list[Point]:
    """The fixes as points, rounded to a receiver's precision. A heading of 360 becomes 0.

    Raises Invalid for a time of another century, and for a negative speed or heading other than -1.
    """
    found = []
    for n, fix in enumerate(fixes):
        prefix = f"{n}." if len(fixes) > 1 else ""
        moment = instant(f"{prefix}timestamp", fix.timestamp)
        speed, heading = _known(f"{prefix}speed", fix.speed), _known(f"{prefix}heading", fix.heading)
        found.append(
            Point(
                at=wire(moment),
                latitude=round(fix.latitude, 7),
                longitude=round(fix.longitude, 7),
                speed=None if speed is None else round(speed, 1),
                heading=None if heading is None else round(heading, 1) % 360,
                accuracy=None if fix.accuracy is None else round(fix.accuracy, 1),
            )
        )
    return found


def _known(field: str, value: float | None) -> float | None:
    """The value; None if the phone does not know it. Raises Invalid."""
    if value is None or value == _UNKNOWN:
        return None
    if value < 0:
        raise Invalid((field, "must not be negative; -1 is unknown"))
    return value


def believable(reported: Sequence[Point], now: dt.datetime) -> list[Point]:
    """The plausible points in order of time, each once.

    Drops points that are too old, in the future or too inaccurate. Of the others it returns the longest sequence
    that a vehicle can have driven, so a jump is dropped even if it comes first.
    """
    earliest, latest = wire(now - _OLDEST), wire(now + _AHEAD)
    known = {
        point.at: point
        for point in reported
        if earliest <= point.at <= latest and (point.accuracy or 0) <= HOPELESS_ACCURACY
    }
    ordered = sorted(known.values())
    ways: list[list[int]] = []
    for n, point in enumerate(ordered):
        before = [way for way in ways if can_follow(ordered[way[-1]], point)]
        ways.append([*max(before, key=len, default=[]), n])
    longest = max(ways, key=lambda way: (len(way), way[-1]), default=[])
    return [ordered[n] for n in longest]


def can_follow(before: Point, after: Point) -> bool:
    """Whether a vehicle can have driven from one to the other in that time."""
    seconds = (from_wire(after.at) - from_wire(before.at)).total_seconds()
    return seconds >= 0 and metres(before, after) <= reach(seconds)


def reach(seconds: float) -> float:
    """The largest plausible distance in metres between two fixes so many seconds apart."""
    return _SLACK_METRES + FASTEST * seconds


def packed(some: Sequence[Point]) -> bytes:
    """Points as stored bytes."""
    return msgspec.msgpack.encode(some)


def unpacked(stored: bytes | None) -> list[Point]:
    """The points of stored bytes."""
    return msgspec.msgpack.decode(stored, type=list[Point]) if stored else []
