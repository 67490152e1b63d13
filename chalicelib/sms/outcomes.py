"""What became of a text, written into its row together with the day's counter, so that the two always agree."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib import clock
from chalicelib.logs import log
from chalicelib.models.base import condition_failed, connection, unconflicted
from chalicelib.models.notification import Notification
from chalicelib.models.system_metric import SystemMetric
from chalicelib.sms.providers.base import Outcome, PermanentFailure, Sent
from chalicelib.sms.stats import METRIC, day_of

EXHAUSTED: Final = "retries_exhausted"

_COUNTER_LIFE: Final = timedelta(days=400)


def is_exhausted(row: Notification) -> bool:
    """Whether the row failed only because its attempts were used up."""
    return row.status == "failed" and (row.error or "").startswith(EXHAUSTED)


def write(row: Notification, outcome: Outcome, *, provider: str | None, last_attempt: bool, now: datetime) -> bool:
    """Writes the outcome of the claim that `row` holds; whether the queue's message is done with.

    A success counts even when the claim was lost meanwhile: the text is out. A failure then does not: whoever
    holds the claim now will know better.
    """
    ours = (Notification.status == "sending") & (Notification.attempts == row.attempts)
    actions = [Notification.updated_at.set(clock.wire(now)), Notification.sending_since.remove()]
    if provider is not None:
        actions.append(Notification.provider.set(provider))
    log_extra = {"notification_id": row.id, "recipient": row.recipient, "provider": provider}

    if isinstance(outcome, Sent):
        actions += [
            Notification.status.set("sent"),
            Notification.sent_at.set(clock.wire(now)),
            Notification.error.remove(),
            Notification.maybe_delivered.remove(),
        ]
        if outcome.message_id is not None:
            actions.append(Notification.provider_message_id.set(outcome.message_id))
        not_yet_known = Notification.status.is_in("queued", "sending", "failed")
        _counted(row, actions, not_yet_known, SystemMetric.sent.add(1), now)
        log.info("sms_sent", extra={**log_extra, "attempts": row.attempts})
        return True

    if isinstance(outcome, PermanentFailure):
        actions += [Notification.status.set("failed"), Notification.error.set(outcome.reason)]
        written = _counted(row, actions, ours, SystemMetric.failed.add(1), now)
        log.warning("sms_failed", extra={**log_extra, "error": outcome.reason, "written": written})
        return written

    if outcome.unclear:
        actions.append(Notification.maybe_delivered.set(True))
    if last_attempt:
        error = f"{EXHAUSTED}: {outcome.reason}"
        actions += [Notification.status.set("failed"), Notification.error.set(error)]
        written = _counted(row, actions, ours, SystemMetric.failed.add(1), now)
        log.error("sms_given_up", extra={**log_extra, "error": error, "written": written})
    else:
        actions += [Notification.status.set("queued"), Notification.error.set(outcome.reason)]
        written = _uncounted(row, actions, ours)
        log.warning("sms_postponed", extra={**log_extra, "error": outcome.reason, "written": written})
    return False


def _counted(
    row: Notification, actions: Sequence[Action], condition: Condition, count: Action, now: datetime
) -> bool:
    """Row and counter in one transaction; False when the condition did not hold.

    Two functions that count at the same moment conflict; each tries again.
    """

    def write() -> None:
        with TransactWrite(connection=connection()) as transaction:
            transaction.update(row, actions=list(actions), condition=condition)
            transaction.update(
                SystemMetric(METRIC, day_of(now)),
                actions=[count, SystemMetric.expires_at.set(clock.epoch(now + _COUNTER_LIFE))],
            )

    try:
        unconflicted(write)
    except TransactWriteError as error:
        if not any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons):
            raise
        return False
    return True


def _uncounted(row: Notification, actions: Sequence[Action], condition: Condition) -> bool:
    try:
        row.update(list(actions), condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return False
    return True
