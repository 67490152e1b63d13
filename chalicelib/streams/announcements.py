"""The announcements stream: what staff want said is said."""

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.logs import bind, log
from chalicelib.models.announcement import Announcement
from chalicelib.realtime.announcements import event_of
from chalicelib.realtime.broadcast import publish
from chalicelib.streams.images import typed

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/announcements/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="announcements_stream", batch_size=16)
def announcements_stream(event: DynamoDBEvent) -> None:
    """Logs and sends each announcement. Raises as `publish` does; a repeated one keeps its id and number."""
    bind("several")
    images = [record.new_image for record in event if record.event_name == "INSERT"]
    rows = [row for image in images if (row := typed(Announcement, image)) is not None]
    publish([event_of(row) for row in rows])
    log.info("announced", extra={"announcements": len(rows)})
