"""Drivers' positions in answers and events."""

from collections.abc import Collection
from typing import Any

from msgspec import Struct, structs

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.fields import WireDay, WireTime
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point


class PositionView(Struct):
    """speed: metres a second; heading: degrees clockwise from north; accuracy: metres. timestamp: the phone's."""

    driver_id: str
    latitude: float
    longitude: float
    speed: float | None
    heading: float | None
    accuracy: float | None
    timestamp: WireTime


class TrackView(Struct):
    """A driver's positions of a local day, in order of time."""

    driver_id: str
    date: WireDay
    points: list[dict[str, Any]]


def position_view(row: DriverPosition) -> PositionView:
    """The position in answers, and the data of the event `driver_location`."""
    return PositionView(
        driver_id=row.id,
        latitude=row.latitude,
        longitude=row.longitude,
        speed=row.speed,
        heading=row.heading,
        accuracy=row.accuracy,
        timestamp=row.at,
    )


def point_view(point: Point) -> dict[str, Any]:
    """A point of a track."""
    known = structs.asdict(point)
    return {"timestamp": known.pop("at"), **known}


@rule(roles=STAFF)
def positions_of(principal: Principal) -> list[PositionView]:
    """The positions of all drivers of a tenant: one query."""
    return [position_view(row) for row in DriverPosition.query(principal.tenant_id, consistent_read=True)]


def positions_by_driver(tenant_id: str, driver_ids: Collection[str]) -> dict[str, PositionView]:
    """Positions by driver: one read for up to a hundred."""
    rows = DriverPosition.batch_get([(tenant_id, driver_id) for driver_id in driver_ids])
    return {row.id: position_view(row) for row in rows}
