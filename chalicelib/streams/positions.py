"""The stream of drivers' positions: broadcast, of each driver the last one only, and kept as tracks."""

from datetime import UTC
from typing import Final

from chalice.app import Blueprint, DynamoDBEvent
from msgspec import structs

from chalicelib.clock import epoch, from_wire, now
from chalicelib.logs import bind, log
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point, unpacked
from chalicelib.positions.tracks import add_parts
from chalicelib.positions.view import position_view
from chalicelib.realtime.broadcast import deliver
from chalicelib.realtime.events import Event, Stamped
from chalicelib.routes.following import Moved, follow
from chalicelib.routes.progress import Seen
from chalicelib.streams.images import typed
from chalicelib.streams.lag import note_lag
from chalicelib.streams.trouble import noting, raise_noted

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/driver_positions/stream/from-template"

# Seconds. An estimate is not better for being made more often.
_FOLLOWED_EVERY: Final = 10


# The template has Lambda wait a second for more: so a driver is broadcast once a second at most.
@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="positions_stream", batch_size=1000)
def positions_stream(event: DynamoDBEvent) -> None:
    """Harmless when repeated: clients drop positions older than what they show, tracks hold each point once, and
    orders take each step once. Trouble with one tenant or one thing keeps no other back.
    """
    bind("several")
    failures: list[Exception] = []
    moment = now()
    newest: dict[tuple[str, str], DriverPosition] = {}
    parts: dict[tuple[str, str], list[Point]] = {}
    before: dict[tuple[str, str], str] = {}
    records = list(event)
    for record in records:
        with noting(failures, "image_unreadable"):
            old, new = typed(DriverPosition, record.old_image), typed(DriverPosition, record.new_image)
            if new is None or (old is not None and old.at == new.at):
                continue
            since = "" if old is None else old.at
            way = [point for point in unpacked(new.fixes) if point.at > since]
            driver = (new.tenant_id, new.id)
            newest[driver] = new
            before.setdefault(driver, since)
            parts.setdefault(driver, []).extend(way)
    by_tenant: dict[str, list[Stamped]] = {}
    for (tenant_id, _), row in newest.items():
        # Not logged: an old position is of no use to whoever was away.
        by_tenant.setdefault(tenant_id, []).append(Stamped(_moved(row), {}))
    # Not raised: by the time of a repeat the driver is elsewhere, and those behind would wait for nothing.
    untold: list[Exception] = []
    for tenant_id, batch in by_tenant.items():
        with noting(untold, "broadcast_failed"):
            deliver(tenant_id, batch)
    with noting(failures, "tracks_not_kept"):
        add_parts(parts)
    followed = 0
    with noting(failures, "routes_not_followed"):
        due = [
            Moved(row, [_seen(point) for point in sorted(parts[driver])])
            for driver, row in newest.items()
            if _is_due(before[driver], row.at)
        ]
        followed = follow(due, moment)
    if records:
        note_lag("driver_positions", max(record.timestamp for record in records).replace(tzinfo=UTC))
    counts = {"records": len(records), "drivers": len(newest), "routes": followed}
    log.info("positions_followed", extra={**counts, "failures": len(failures) + len(untold)})
    raise_noted(failures)


def _seen(point: Point) -> Seen:
    return Seen(point.latitude, point.longitude, from_wire(point.at), point.speed, point.accuracy)


def _is_due(before: str, at: str) -> bool:
    """Whether the driver's route is looked at: with the first position of each ten seconds, so by no memory."""
    return not before or epoch(from_wire(before)) // _FOLLOWED_EVERY < epoch(from_wire(at)) // _FOLLOWED_EVERY


def _moved(row: DriverPosition) -> Event:
    return Event(
        id=f"{row.id}-{row.at}",
        type="driver_location",
        tenant_id=row.tenant_id,
        channels=("drivers", f"driver:{row.id}"),
        data=structs.asdict(position_view(row)),
        timestamp=row.at,
        correlation_id=row.correlation_id,
    )
