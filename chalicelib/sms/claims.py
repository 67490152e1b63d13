"""Claims the row of an SMS before it is sent.

SQS delivers at least once and a function may die at any point, so a row is claimed before it is sent. Each claim
has a number (`attempts`). A claim older than the lease belongs to a sender that died; another sender claims the
row and sends again with the same idempotency key, which the provider recognises if it had accepted the SMS.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.models.base import batch_get
from chalicelib.models.notification import Notification
from chalicelib.models.parsing import Item, Unreadable
from chalicelib.sms import outcomes

# Longer than a sending function lives (30 s), shorter than the queue hides a dead one's messages (180 s).
LEASE: Final = timedelta(minutes=2)


class Task(Struct, frozen=True):
    """One message of the queue.

    last_attempt: SQS will not deliver it again. overdue: it has waited too long for its provider.
    """

    tenant_id: str
    notification_id: str
    correlation_id: str
    last_attempt: bool
    overdue: bool = False


class Busy(Exception):
    """Another sender is sending this SMS now."""


def rows_of(tasks: Sequence[Task]) -> dict[Task, Notification | Unreadable]:
    """The tasks' rows, read in one call; missing rows are omitted.

    Reads raw items, because `Notification.batch_get` also omits unreadable rows, whose messages must not be
    deleted.
    """
    ids = {(task.tenant_id, task.notification_id) for task in tasks}
    row_keys = [{"tenant_id": {"S": tenant_id}, "id": {"S": id_}} for tenant_id, id_ in sorted(ids)]
    table = str(Notification.Meta.table_name)
    items = batch_get({table: {"Keys": row_keys, "ConsistentRead": True}})[table] if row_keys else []
    found = {(item["tenant_id"]["S"], item["id"]["S"]): _parsed(item) for item in items}
    return {task: found[key] for task in tasks if (key := (task.tenant_id, task.notification_id)) in found}


def _parsed(item: Item) -> Notification | Unreadable:
    try:
        return Notification.parse(item)
    except Unreadable as error:
        return error


def claim(row: Notification, now: datetime) -> bool:
    """Claims a row just read and sets it to `sending`. Returns False if nothing is left to send. Raises Busy."""
    died = has_died(row, now)
    if row.status == "sending" and not died:
        raise Busy
    # A row that failed after its last attempt is here only if its message was redriven from the dead-letter queue.
    # An SMS that the provider refused is not sent again.
    if row.status != "queued" and not died and not outcomes.is_exhausted(row):
        log.info("sms_finished_before", extra={"notification_id": row.id, "status": row.status})
        return False
    actions: list[Action] = [
        *row.becomes("sending"),
        Notification.sending_since.set(clock.epoch(now)),
        Notification.attempts.set(row.attempts + 1),
        Notification.updated_at.set(clock.wire(now)),
    ]
    if row.key_used_at is None:
        actions.append(Notification.key_used_at.set(clock.epoch(now)))
    if died:
        actions.append(Notification.maybe_delivered.set(True))
    if not row.update_if(actions, (Notification.status == row.status) & (Notification.attempts == row.attempts)):
        raise Busy
    return True


def has_died(row: Notification, now: datetime) -> bool:
    """Whether the row's sender has died."""
    return bool(row.status == "sending" and row.sending_since <= clock.epoch(now - LEASE))
