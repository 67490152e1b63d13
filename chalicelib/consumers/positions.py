"""The stream of drivers' positions: broadcasts the last one of each driver, and stores all as tracks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalice.app import Blueprint
from msgspec import Struct, structs

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import DELIVER, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import epoch, from_wire, now
from chalicelib.core.groups import grouped
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point, unpacked
from chalicelib.positions.tracks import add_parts
from chalicelib.positions.view import position_view
from chalicelib.realtime.broadcast import deliver_all
from chalicelib.realtime.events import Event, Stamped
from chalicelib.routes.following import NewPosition, follow
from chalicelib.routes.progress import TrackedPosition

bp = Blueprint(__name__)

PositionChange = Change[DriverPosition]

# Seconds. More frequent updates do not improve an estimate.
_FOLLOWED_EVERY: Final = 10

_FOLLOW_ROUTES: Final = {
    "driver_tracks": "BatchWriteItem",
    "drivers": "BatchGetItem",
    "orders": "BatchGetItem GetItem UpdateItem",
    "route_progress": "BatchGetItem PutItem",
    "routes": "BatchGetItem",
}


class Driven(Struct, frozen=True):
    """One driver's positions in a batch. since: the time of the position before them; empty without one."""

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
    # Older positions are useless.
    max_age_seconds=60,
    lanes=1,
    # So a driver's position is broadcast at most once a second.
    window_seconds=1,
)
def positions_stream(batch: Batch[DriverPosition]) -> Mapping[str, Any]:
    """Idempotent: clients ignore positions older than the one they show, a track stores each point once, and an
    order changes its status once.
    """
    moved = [change for change in batch.changes if change.old is None or change.old.at != change.new.at]
    readable: list[PositionChange] = []

    def read(change: PositionChange) -> None:
        unpacked(change.new.fixes)
        _moved(change.new)
        readable.append(change)

    batch.each("position_unreadable", moved, read)
    driven = _driven(readable)
    events = {
        str(tenant_id): [Stamped(_moved(each.newest), {}) for each in drivers]
        for tenant_id, drivers in grouped(driven.values(), lambda each: each.newest.tenant_id).items()
    }
    # Failures are only logged. At a repeat the driver would be elsewhere, and the positions behind would wait.
    deliver_all(events, failures={})
    batch.together("tracks_not_stored", readable, _store_tracks)
    batch.together("routes_not_followed", readable, _follow_routes)
    return {"drivers": len(driven)}


def _store_tracks(changes: Sequence[PositionChange]) -> None:
    add_parts({driver: driven.points for driver, driven in _driven(changes).items() if driven.points})


def _follow_routes(changes: Sequence[PositionChange]) -> None:
    due = [
        NewPosition(driven.newest, [_tracked_position(point) for point in sorted(driven.points)])
        for driven in _driven(changes).values()
        if _is_due(driven.since, driven.newest.at)
    ]
    follow(due, now())


def _driven(changes: Sequence[PositionChange]) -> dict[tuple[str, str], Driven]:
    """The changes by tenant and driver."""
    found: dict[tuple[str, str], Driven] = {}
    for change in changes:
        new, since = change.new, "" if change.old is None else change.old.at
        before = found.get((new.tenant_id, new.id), Driven(new, since, ()))
        points = (point for point in unpacked(new.fixes) if point.at > since)
        found[new.tenant_id, new.id] = Driven(new, before.since, (*before.points, *points))
    return found


def _tracked_position(point: Point) -> TrackedPosition:
    return TrackedPosition(point.latitude, point.longitude, from_wire(point.at), point.speed, point.accuracy)


def _is_due(before: str, at: str) -> bool:
    """Whether to update the driver's route: with the first position in every ten seconds, without a state."""
    return not before or epoch(from_wire(before)) // _FOLLOWED_EVERY < epoch(from_wire(at)) // _FOLLOWED_EVERY


def _moved(row: DriverPosition) -> Event:
    # Not stored in the channel's log: a client that was disconnected does not need old positions.
    return Event(
        id=f"{row.id}-{row.at}",
        type="driver_location",
        tenant_id=row.tenant_id,
        channels=("drivers", f"driver:{row.id}"),
        data=structs.asdict(position_view(row)),
        timestamp=row.at,
        correlation_id=row.correlation_id,
    )
