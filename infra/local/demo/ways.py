"""Ways through Taipei without a map, along streets that run north and east."""

from math import atan2, cos, degrees, radians
from typing import Final

from msgspec import Struct

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres

METRES_OF_A_DEGREE: Final = 111_195.0


class Way(Struct, frozen=True):
    """A polyline of places."""

    corners: tuple[Place, ...]

    @property
    def metres(self) -> float:
        """Its length."""
        return sum(metres(*leg) for leg in self._legs())

    def at(self, driven: float) -> tuple[Place, float]:
        """The place after so many metres, and the heading in degrees clockwise from north.

        Below 0 it is the start, beyond the length the end.
        """
        left, heading = max(driven, 0.0), 0.0
        for start, end in self._legs():
            length, heading = metres(start, end), bearing(start, end)
            if left < length:
                return _between(start, end, left / length), heading
            left -= length
        return self.corners[-1], heading

    def _legs(self) -> list[tuple[Place, Place]]:
        pairs = zip(self.corners, self.corners[1:], strict=False)
        return [(start, end) for start, end in pairs if start != end]


def streets(start: Place, end: Place) -> Way:
    """A way of half the distance east or west, the whole distance north or south, then the other half."""
    middle = (start.longitude + end.longitude) / 2
    return Way((start, Place(start.latitude, middle), Place(end.latitude, middle), end))


def bearing(start: Place, end: Place) -> float:
    """The direction from a place to another: degrees clockwise from north, 0 to 360."""
    east = (end.longitude - start.longitude) * cos(radians(start.latitude))
    return degrees(atan2(east, end.latitude - start.latitude)) % 360


def shifted(place: Place, north: float, east: float) -> Place:
    """The place so many metres to the north and east."""
    return Place(
        place.latitude + north / METRES_OF_A_DEGREE,
        place.longitude + east / (METRES_OF_A_DEGREE * cos(radians(place.latitude))),
    )


def _between(start: Place, end: Place, share: float) -> Place:
    return Place(
        start.latitude + (end.latitude - start.latitude) * share,
        start.longitude + (end.longitude - start.longitude) * share,
    )
