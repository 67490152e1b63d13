"""The stream of drivers' positions: broadcast, of each driver the last one only, and stored as tracks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalice.app import Blueprint
from msgspec import Struct, structs

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import DELIVER, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import epoch, from_wire, now
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point, unpacked
from chalicelib.positions.tracks import add_parts
from chalicelib.positions.view import position_view
from chalicelib.realtime.broadcast import deliver_all
from chalicelib.realtime.events import Event, Stamped
from chalicelib.routes.following import Moved, follow
from chalicelib.routes.progress import Seen

bp = Blueprint(__name__)

PositionChange = Change[DriverPosition]

# Seconds. An estimate is not better for being made more often.
_FOLLOWED_EVERY: Final = 10

_FOLLOW_ROUTES: Final = {
    "driver_tracks": "BatchWriteItem",
    "drivers": "BatchGetItem",
    "orders": "BatchGetItem GetItem UpdateItem",
    "route_progress": "BatchGetItem PutItem",
    "routes": "BatchGetItem",
}


class Driven(Struct, frozen=True):
    """What a batch says of one driver. since: of the position before the batch; empty where there was none."""

    newest: DriverPosition
    since: str
    points: tuple[Point, ...]


@stream(
    bp,
    DriverPosition,
    name="positions_stream",
    batch_size=1000,
    memory_mb=512,
    permissions=union(DELIVER, _FOLLOW_ROUTES),
    reads_old=True,
    # A position that is older is worth nothing.
    max_age_seconds=60,
    lanes=1,
    # So a driver is broadcast once a second at most.
    window_seconds=1,
)
def positions_stream(batch: Batch[DriverPosition]) -> Mapping[str, Any]:
    """Harmless when repeated: clients drop positions older than what they show, tracks hold each point once, and
    orders take each step once.
    """
    moved = [change for change in batch.changes if change.old is None or change.old.at != change.new.at]
    readable: list[PositionChange] = []

    def read(change: PositionChange) -> None:
        unpacked(change.new.fixes)
        _moved(change.new)
        readable.append(change)

    batch.each("position_unreadable", moved, read)
    events = {
        tenant_id: [Stamped(_moved(driven.newest), {}) for driven in drivers]
        for tenant_id, drivers in _by_tenant(readable).items()
    }
    # Failures are only logged: by the time of a repeat the driver is elsewhere, and those behind would wait for
    # nothing.
    deliver_all(events, failures={})
    batch.together("tracks_not_stored", readable, _store_tracks)
    batch.together("routes_not_followed", readable, _follow_routes)
    return {"drivers": len(_driven(readable))}


def _store_tracks(changes: Sequence[PositionChange]) -> None:
    add_parts({driver: driven.points for driver, driven in _driven(changes).items() if driven.points})


def _follow_routes(changes: Sequence[PositionChange]) -> None:
    due = [
        Moved(driven.newest, [_seen(point) for point in sorted(driven.points)])
        for driven in _driven(changes).values()
        if _is_due(driven.since, driven.newest.at)
    ]
    follow(due, now())


def _driven(changes: Sequence[PositionChange]) -> dict[tuple[str, str], Driven]:
    """What the changes say, by tenant and driver."""
    found: dict[tuple[str, str], Driven] = {}
    for change in changes:
        new, since = change.new, "" if change.old is None else change.old.at
        before = found.get((new.tenant_id, new.id), Driven(new, since, ()))
        points = (point for point in unpacked(new.fixes) if point.at > since)
        found[new.tenant_id, new.id] = Driven(new, before.since, (*before.points, *points))
    return found


def _by_tenant(changes: Sequence[PositionChange]) -> dict[str, list[Driven]]:
    found: dict[str, list[Driven]] = {}
    for (tenant_id, _), driven in _driven(changes).items():
        found.setdefault(tenant_id, []).append(driven)
    return found


def _seen(point: Point) -> Seen:
    return Seen(point.latitude, point.longitude, from_wire(point.at), point.speed, point.accuracy)


def _is_due(before: str, at: str) -> bool:
    """Whether the driver's route is looked at: with the first position of each ten seconds, so by no memory."""
    return not before or epoch(from_wire(before)) // _FOLLOWED_EVERY < epoch(from_wire(at)) // _FOLLOWED_EVERY


def _moved(row: DriverPosition) -> Event:
    # Not logged: an old position is of no use to a client that was away.
    return Event(
        id=f"{row.id}-{row.at}",
        type="driver_location",
        tenant_id=row.tenant_id,
        channels=("drivers", f"driver:{row.id}"),
        data=structs.asdict(position_view(row)),
        timestamp=row.at,
        correlation_id=row.correlation_id,
    )
