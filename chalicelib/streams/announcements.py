"""The announcements stream: what staff publish is sent."""

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.models.announcement import Announcement
from chalicelib.realtime.announcements import event_of
from chalicelib.realtime.events import Event
from chalicelib.streams.batch import Batch, Change
from chalicelib.streams.permissions import PUBLISH
from chalicelib.streams.publishing import publish_changes
from chalicelib.streams.stream import stream

bp = Blueprint(__name__)


@stream(
    bp,
    Announcement,
    name="announcements_stream",
    batch_size=16,
    memory_mb=512,
    permissions=PUBLISH,
    events=("INSERT",),
)
def announcements_stream(batch: Batch[Announcement]) -> None:
    """Logs and sends each announcement. A repeated one keeps its id and number."""
    publish_changes(batch, _events)


def _events(changes: Sequence[Change[Announcement]]) -> list[Event]:
    return [event_of(change.new) for change in changes]
