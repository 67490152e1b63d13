"""The connections stream: welcomes whoever has just come.

Not from `$connect` itself: API Gateway cannot post to a connection before `$connect` has returned.
"""

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.clock import now, wire
from chalicelib.logs import bind, log
from chalicelib.models.connection import Connection
from chalicelib.realtime.formats import encoded, welcome_message
from chalicelib.realtime.gateway import Post, gateway
from chalicelib.streams.images import typed

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/connections/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="connections_stream", batch_size=100)
def connections_stream(event: DynamoDBEvent) -> None:
    """Sends each new connection its welcome; one that has left meanwhile is left alone."""
    posts = []
    for record in event:
        connection = typed(Connection, record.new_image) if record.event_name == "INSERT" else None
        if connection is None:
            continue
        bind(connection.correlation_id, connection_id=connection.connection_id)
        payload = encoded(welcome_message(connection, wire(now())))
        posts.append(Post(connection.connection_id, payload, int(connection.connected_at)))
    outcome = gateway().post(posts)
    log.info("welcomed", extra={"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed)})
