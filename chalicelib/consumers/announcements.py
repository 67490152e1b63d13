"""The announcements stream: sends the events that staff publish."""

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import PUBLISH
from chalicelib.consumers.stream import stream
from chalicelib.models.announcement import Announcement
from chalicelib.realtime.announcements import event_of
from chalicelib.realtime.broadcast import publish

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
    """Logs and sends each announcement. A repeated one has the same id and number."""
    batch.together("broadcast_failed", batch.changes, _publish)


def _publish(changes: Sequence[Change[Announcement]]) -> None:
    publish([event_of(change.new) for change in changes])
