"""Claiming a row before it is sent.

SQS delivers at least once and a function may die anywhere, so a row is claimed before it is sent, and each claim
has its number (`attempts`). A claim that is older than the lease belongs to a sender that died; another takes
over and sends again under the same idempotency key, which the provider knows if it had taken the text.
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

    last_attempt: the queue would not bring it again. overdue: it has waited for its provider long enough.
    """

    tenant_id: str
    notification_id: str
    correlation_id: str
    last_attempt: bool
    overdue: bool = False


class Busy(Exception):
    """Somebody else is sending this text right now."""


def rows_of(tasks: Sequence[Task]) -> dict[Task, Notification | Unreadable]:
    """The tasks' rows as they are now, in one call; a row that does not exist is left out.

    Raw, since `Notification.batch_get` leaves out an unreadable row, too, and its message must not count as done.
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
    """Makes a row just read `sending` under a claim of ours; False when nothing is left to send. Raises Busy."""
    died = has_died(row, now)
    if row.status == "sending" and not died:
        raise Busy
    # A row that was given up after the last attempt can only be here because its message was redriven from the
    # dead-letter queue; what the provider refused stays refused.
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
    """Whether whoever was sending this can only have died."""
    return bool(row.status == "sending" and row.sending_since <= clock.epoch(now - LEASE))
