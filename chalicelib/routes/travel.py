"""How far apart two places are for somebody who drives, and how long that takes: an estimate without a map.

Great circle times a factor. Who has a road network behind a URL is told better by it: routes/matrix.py.
"""

from typing import Final

from chalicelib.core.geo import Spot, metres

# Roads are longer than the crow flies: 1.3 to 1.4 in cities' networks (Boscoe et al. 2012 found 1.417 on average).
ROAD_FACTOR: Final = 1.4
# 25 km/h, lights and parking included: what a small truck does in Taipei by day.
METRES_PER_SECOND: Final = 25 / 3.6


def road_metres(one: Spot, other: Spot) -> float:
    """The way by road."""
    return ROAD_FACTOR * metres(one, other)


def driving_seconds(one: Spot, other: Spot, metres_per_second: float = METRES_PER_SECOND) -> float:
    """How long the way takes."""
    return road_metres(one, other) / metres_per_second
