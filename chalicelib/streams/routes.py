"""The routes stream: a change of a route becomes an event, and the orders of a route under way go out with it."""

from datetime import UTC

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.clock import now
from chalicelib.logs import bind, log
from chalicelib.models.route import Route
from chalicelib.realtime import events, subscriptions
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.gateway import gateway
from chalicelib.routes.events import RouteChanged, event_of
from chalicelib.routes.following import send_out
from chalicelib.streams.images import typed
from chalicelib.streams.lag import note_lag
from chalicelib.streams.trouble import noting, raise_noted

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/routes/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="routes_stream", batch_size=16)
def routes_stream(event: DynamoDBEvent) -> None:
    """Harmless when repeated: events keep their ids, an order goes out once. What fails comes again as a whole."""
    failures: list[Exception] = []
    records = list(event)
    happened: list[RouteChanged] = []
    for record in records:
        with noting(failures, "image_unreadable"):
            found = event_of(typed(Route, record.old_image), typed(Route, record.new_image))
            if found is not None:
                happened.append(found)
    bind("several", correlation_ids=sorted({each.route.correlation_id for each in happened}))
    with noting(failures, "broadcast_failed"):
        publish([events.of_route(each) for each in happened])
    for each in happened:
        with noting(failures, "route_not_followed"):
            _follow(each)
    bind("several")
    if records:
        note_lag("routes", max(record.timestamp for record in records).replace(tzinfo=UTC))
    log.info("stream_batch_done", extra={"records": len(records), "failures": len(failures)})
    raise_noted(failures)


def _follow(happened: RouteChanged) -> None:
    route = happened.route
    if happened.is_assignment and happened.previous_driver_id is not None:
        channel = f"route:{route.id}"
        subscriptions.take_from_driver(route.tenant_id, channel, happened.previous_driver_id, gateway=gateway())
    if route.status == "in_progress":
        moved = send_out(route, correlation_id=route.correlation_id, now=now())
        log.info("orders_sent_out", extra={"route_id": route.id, "orders": moved})
