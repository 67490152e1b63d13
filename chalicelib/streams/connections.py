"""The connections stream: welcomes whoever has just come.

Not from `$connect` itself: API Gateway cannot post to a connection before `$connect` has returned.
"""

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.clock import from_epoch, now, wire
from chalicelib.logs import bind, log
from chalicelib.models.connection import Connection
from chalicelib.realtime.closing import check_arrivals
from chalicelib.realtime.connections import without_departed
from chalicelib.realtime.formats import encoded, welcome
from chalicelib.realtime.gateway import Post, gateway
from chalicelib.realtime.log import heads
from chalicelib.streams.images import typed

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/connections/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="connections_stream", batch_size=100)
def connections_stream(event: DynamoDBEvent) -> None:
    """Sends each new connection its welcome, then ends what is one too many for its user.

    One that has left meanwhile is left alone, and where the record is old not even asked for.
    """
    images = [record.new_image for record in event if record.event_name == "INSERT"]
    rows = [row for image in images if (row := typed(Connection, image)) is not None]
    arrived = without_departed(rows, now())
    outcome = gateway().post([Post.to(row, _welcome(row)) for row in arrived])
    ended = check_arrivals(arrived, now=now())
    counts = {"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed), "ended": ended}
    log.info("welcomed", extra=counts)


def _welcome(row: Connection) -> bytes:
    bind(row.correlation_id, connection_id=row.connection_id)
    channels = sorted(row.channels or ())
    # Read after the subscriptions were written, with the connection: what comes after these cursors is delivered.
    message = welcome(
        row.format,
        connection_id=row.connection_id,
        user_id=row.user_id,
        role=row.role,
        tenant_id=row.tenant_id,
        channels=channels,
        heads=heads(row.tenant_id, channels),
        token_expires_at=wire(from_epoch(row.token_expires_at)),
        timestamp=wire(now()),
    )
    return encoded(message)
