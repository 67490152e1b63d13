"""Publishing what the records of a stream say: all tenants at once, and apart those that fail."""

from collections.abc import Callable, Sequence

from chalicelib.logs import log
from chalicelib.realtime.broadcast import publish, publish_each
from chalicelib.realtime.events import Event
from chalicelib.streams.batch import Batch, Change, Row


def publish_changes(batch: Batch[Row], events_of: Callable[[Sequence[Change[Row]]], list[Event]]) -> None:
    """Publishes the events of all changes together: so no tenant's connections wait for another's.

    Tenants that fail are published again, apart, and their failures become the batch's.
    """
    failing: Sequence[Change[Row]] = batch.changes
    try:
        failed = publish_each(events_of(batch.changes))
        failing = [change for change in batch.changes if change.tenant_id in failed]
    except Exception:  # noqa: BLE001 — which record it is shows when they are tried apart
        log.warning("broadcast_failed", exc_info=True)
    batch.each_tenant("broadcast_failed", failing, lambda changes: publish(events_of(changes)))
