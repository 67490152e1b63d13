"""The routes stream: publishes an event for each change of a route, and starts the delivery of its orders.

The orders change after the broadcast, so that it does not wait for the imports for that. Modules for notifications
are imported with the first assignment.
"""

from collections.abc import Iterator, Sequence

from chalice.app import Blueprint

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import END_SUBSCRIPTIONS, PUBLISH, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import now
from chalicelib.core.logs import bind, log
from chalicelib.models.route import Route
from chalicelib.realtime import notifications
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.route_events import of_route
from chalicelib.routes.events import RouteChanged, event_of

bp = Blueprint(__name__)

RouteChange = Change[Route]

_READS_ROUTES = {
    "orders": "BatchGetItem GetItem UpdateItem",
    "routes": "GetItem",
    "users/index/by_driver": "Query",
}


@stream(
    bp,
    Route,
    name="routes_stream",
    batch_size=16,
    memory_mb=512,
    permissions=union(PUBLISH, END_SUBSCRIPTIONS, _READS_ROUTES),
    reads_old=True,
    lanes=1,
)
def routes_stream(batch: Batch[Route]) -> None:
    """Idempotent: a repeated event has the same id, and an order changes once."""
    bind("several", correlation_ids=sorted({change.new.correlation_id for change in batch.changes}))
    batch.together("broadcast_failed", batch.changes, _publish)
    batch.each("route_not_followed", batch.changes, _follow)


def _publish(changes: Sequence[RouteChange]) -> None:
    publish([event for change in changes for event in _events(change)])


def _events(change: RouteChange) -> Iterator[Event]:
    happened = _event_of(change)
    if happened is None:
        return
    yield of_route(happened)
    route = happened.route
    # If the old row could not be parsed, the route may have been assigned to this driver before.
    if happened.is_assignment and route.driver_id is not None and change.repair is None:
        from chalicelib.auth.user_ids import users_of_driver  # noqa: PLC0415 - see above

        yield from notifications.route_assigned(happened, users_of_driver(route.tenant_id, route.driver_id))


def _event_of(change: RouteChange) -> RouteChanged | None:
    return event_of(change.old, change.new)


def _follow(change: RouteChange) -> None:
    happened = _event_of(change)
    if happened is None:
        return
    route = happened.route
    if happened.is_assignment and happened.previous_driver_id is not None:
        from chalicelib.realtime import subscriptions  # noqa: PLC0415 - see above

        channel = f"route:{route.id}"
        subscriptions.end_for_driver(route.tenant_id, channel, happened.previous_driver_id, gateway=gateway())
    if route.status == "in_progress":
        from chalicelib.routes.following import start_deliveries  # noqa: PLC0415 - see above

        moved = start_deliveries(route, correlation_id=route.correlation_id, now=now())
        log.info("orders_sent_out", extra={"route_id": route.id, "orders": moved})
