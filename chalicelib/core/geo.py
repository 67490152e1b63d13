"""Distances on the earth."""

from math import asin, cos, radians, sin, sqrt
from typing import Final, Protocol

_EARTH_METRES: Final = 6_371_000.0


class Spot(Protocol):
    """An object with degrees, WGS 84."""

    @property
    def latitude(self) -> float: ...

    @property
    def longitude(self) -> float: ...


def metres(one: Spot, other: Spot) -> float:
    """The great-circle distance in metres."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * _EARTH_METRES * asin(sqrt(min(1.0, chord)))
