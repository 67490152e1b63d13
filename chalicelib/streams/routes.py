"""The routes stream: a change of a route becomes an event, and the orders of a route under way go out with it."""

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.clock import now
from chalicelib.logs import bind, log
from chalicelib.models.route import Route
from chalicelib.realtime import events, subscriptions
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.gateway import gateway
from chalicelib.routes.events import RouteChanged, event_of
from chalicelib.routes.following import send_out
from chalicelib.streams.batch import Batch, Change
from chalicelib.streams.permissions import END_SUBSCRIPTIONS, PUBLISH, Permissions
from chalicelib.streams.stream import stream

bp = Blueprint(__name__)

RouteChange = Change[Route]


@stream(
    bp,
    Route,
    name="routes_stream",
    batch_size=16,
    memory_mb=512,
    permissions=PUBLISH
    | END_SUBSCRIPTIONS
    | Permissions(tables={"orders": "BatchGetItem GetItem UpdateItem", "routes": "GetItem"}),
    reads_old=True,
    lanes=1,
)
def routes_stream(batch: Batch[Route]) -> None:
    """Harmless when repeated: events keep their ids, an order goes out once."""
    bind("several", correlation_ids=sorted({change.new.correlation_id for change in batch.changes}))
    batch.together("broadcast_failed", batch.changes, _publish)
    batch.each("route_not_followed", batch.changes, _follow)


def _publish(changes: Sequence[RouteChange]) -> None:
    publish([events.of_route(happened) for change in changes if (happened := _event_of(change)) is not None])


def _event_of(change: RouteChange) -> RouteChanged | None:
    return event_of(change.old, change.new)


def _follow(change: RouteChange) -> None:
    happened = _event_of(change)
    if happened is None:
        return
    route = happened.route
    if happened.is_assignment and happened.previous_driver_id is not None:
        channel = f"route:{route.id}"
        subscriptions.take_from_driver(route.tenant_id, channel, happened.previous_driver_id, gateway=gateway())
    if route.status == "in_progress":
        moved = send_out(route, correlation_id=route.correlation_id, now=now())
        log.info("orders_sent_out", extra={"route_id": route.id, "orders": moved})
