"""Writes the outcome of an SMS and the day's counter in one transaction, so that both always agree."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import transact
from chalicelib.models.notification import Notification
from chalicelib.models.system_metric import SystemMetric
from chalicelib.sms.providers.base import Outcome, PermanentFailure, Sent, TemporaryFailure
from chalicelib.sms.stats import METRIC, day_of

EXHAUSTED: Final = "retries_exhausted"

_COUNTER_LIFE: Final = timedelta(days=400)


class Next(StrEnum):
    """What to do with the message of an SMS.

    AGAIN: SQS delivers it again. LATER: it waits for its provider, without using up an attempt. PARK: it goes to
    the dead-letter queue for the operator.
    """

    DONE = "done"
    AGAIN = "again"
    LATER = "later"
    PARK = "park"


class Unresolved(Struct, frozen=True):
    """It may have arrived, and another attempt could send it twice; a receipt or staff must decide."""

    reason: str


class NoLongerDue(Struct, frozen=True):
    """The SMS must no longer be sent."""

    reason: str


Result = Outcome | Unresolved | NoLongerDue


def is_exhausted(row: Notification) -> bool:
    """Whether the row failed only because its attempts were used up."""
    return row.status == "failed" and (row.error or "").startswith(EXHAUSTED)


def write(row: Notification, result: Result, *, provider: str | None, last_attempt: bool, now: datetime) -> Next:
    """Writes the outcome of the row's current claim.

    If another sender has claimed the row since, only a success is written, because the SMS was sent. The other
    sender writes any other outcome.
    """
    ours = (Notification.status == "sending") & (Notification.attempts == row.attempts)
    actions: list[Action] = [Notification.updated_at.set(clock.wire(now)), Notification.sending_since.remove()]
    if provider is not None:
        actions.append(Notification.provider.set(provider))
    extra = {"notification_id": row.id, "recipient": row.recipient, "provider": provider}
    if isinstance(result, Sent):
        _write_success(row, result, actions, now)
        log.info("sms_sent", extra={**extra, "attempts": row.attempts, **measured(SmsSent=1, SmsFailed=0)})
        return Next.DONE

    if isinstance(result, TemporaryFailure):
        if result.unclear:
            actions.append(Notification.maybe_delivered.set(True))
        if not last_attempt:
            actions += [*row.becomes("queued"), Notification.error.set(result.reason)]
            written = row.update_if(actions, ours)
            why = {"error": result.reason, "written": written}
            log.warning("sms_postponed", extra={**extra, **why, **measured(SmsPostponed=1)})
            return Next.AGAIN
        reason, status, then = f"{EXHAUSTED}: {result.reason}", "failed", Next.PARK
    else:
        status, then = _FINAL[type(result)], Next.DONE
        reason = result.reason
    if isinstance(result, Unresolved):
        actions.append(Notification.maybe_delivered.set(True))
    actions += [*row.becomes(status), Notification.error.set(reason)]
    written = (
        _counted(row, actions, ours, SystemMetric.failed.add(1), now)
        if status == "failed"
        else row.update_if(actions, ours)
    )
    metrics = measured(SmsFailed=1) if status == "failed" else {}
    log.warning("sms_not_sent", extra={**extra, "status": status, "error": reason, "written": written, **metrics})
    return then if written else Next.AGAIN


_FINAL: Final = {PermanentFailure: "failed", Unresolved: "unknown", NoLongerDue: "skipped"}


def _write_success(row: Notification, sent: Sent, actions: list[Action], now: datetime) -> None:
    actions += [
        *row.becomes("sent"),
        Notification.sent_at.set(clock.wire(now)),
        Notification.error.remove(),
        Notification.maybe_delivered.remove(),
    ]
    if sent.message_id is not None:
        actions.append(Notification.provider_message_id.set(sent.message_id))
    # Does not replace a receipt, which may arrive before the provider's answer.
    not_yet_known = Notification.status.is_in("queued", "sending", "failed", "unknown")
    _counted(row, actions, not_yet_known, SystemMetric.sent.add(1), now)


def _counted(
    row: Notification, actions: Sequence[Action], condition: Condition, count: Action, now: datetime
) -> bool:
    """Writes row and counter in one transaction. Returns False if the condition failed.

    Concurrent functions conflict in the counter; each repeats its write.
    """

    def write(transaction: TransactWrite) -> None:
        transaction.update(row, actions=list(actions), condition=condition)
        transaction.update(
            SystemMetric(METRIC, day_of(now)),
            actions=[count, SystemMetric.expires_at.set(clock.epoch(now + _COUNTER_LIFE))],
        )

    try:
        transact(write)
    except TransactWriteError as error:
        if not any(failed_conditions(error)):
            raise
        return False
    return True
