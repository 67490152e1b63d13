"""Estimates road distances and driving times without a map: the great circle times a factor.

routes/matrix.py uses an OSRM server instead, if there is one.
"""

from typing import Final

from chalicelib.core.geo import Spot, metres

# Roads are longer than the great circle by 1.3 to 1.4 in cities (Boscoe et al. 2012 found 1.417 on average).
ROAD_FACTOR: Final = 1.4
# 25 km/h including lights and parking, for a small truck in Taipei by day.
METRES_PER_SECOND: Final = 25 / 3.6


def road_metres(one: Spot, other: Spot) -> float:
    """The estimated distance by road in metres."""
    return ROAD_FACTOR * metres(one, other)


def driving_seconds(one: Spot, other: Spot, metres_per_second: float = METRES_PER_SECOND) -> float:
    """The estimated driving time in seconds."""
    return road_metres(one, other) / metres_per_second
