"""Tracks of drivers, written in sections and read as one list of points.

A section that is written twice, or again with other limits, overwrites itself or overlaps; reading returns each
point once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.core.clock import day_bounds, epoch, from_wire, wire
from chalicelib.models.driver_position import DriverTrack
from chalicelib.positions.fixes import Point, packed, unpacked

RETENTION: Final = dt.timedelta(days=7)
# The longest time between the first and last point of a section, for phones that were offline for hours.
_LONGEST_PART: Final = dt.timedelta(hours=24)


def add_parts(parts: Mapping[tuple[str, str], Sequence[Point]]) -> None:
    """Writes sections of tracks, one row each. parts: by (tenant id, driver id)."""
    with DriverTrack.batch_write() as batch:
        for (tenant_id, driver_id), points in parts.items():
            ordered = sorted(points)
            last = from_wire(ordered[-1].at)
            batch.save(
                DriverTrack(
                    track_key(tenant_id, driver_id),
                    ordered[0].at,
                    points=packed(ordered),
                    expires_at=epoch(last + RETENTION),
                )
            )


def track(tenant_id: str, driver_id: str, day: dt.date, time_zone: str) -> list[Point]:
    """A driver's points of a local day, in the order of time."""
    start, end = day_bounds(day, time_zone)
    first, last = wire(start), wire(end)
    rows = DriverTrack.query(
        track_key(tenant_id, driver_id),
        DriverTrack.at.between(wire(start - _LONGEST_PART), last),
        consistent_read=True,
    )
    points = {point.at: point for row in rows for point in unpacked(row.points) if first <= point.at < last}
    return sorted(points.values())


def track_key(tenant_id: str, driver_id: str) -> str:
    """The hash key of a driver's track."""
    return f"{tenant_id}#{driver_id}"
