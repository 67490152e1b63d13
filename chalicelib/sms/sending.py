"""From a message on the queue to an answer from the provider, and the answer into the row.

    queued ──claim──▶ sending ──▶ sent
      ▲                  ├──────▶ failed   refused, or the last attempt was in vain
      └──── not now ─────┘

SQS delivers at least once and a function may die anywhere, so a row is claimed before it is sent, and each claim
has its number (`attempts`). A claim that is older than the lease belongs to a sender that died; another takes
over and sends again under the same idempotency key, which the provider knows if it had taken the text.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec import Struct
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib import clock
from chalicelib.logs import bind, log
from chalicelib.models.base import condition_failed
from chalicelib.models.notification import Notification
from chalicelib.sms import outcomes
from chalicelib.sms.providers import NoProvider
from chalicelib.sms.providers import provider_for as kept_provider_for
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, Provider, TemporaryFailure

# Longer than a sending function lives (30 s), shorter than the queue hides a dead one's messages (180 s).
LEASE: Final = timedelta(minutes=2)

CONCURRENCY: Final = 10

# The provider's own time-out is 10 s without a byte; one that drips bytes is given up here, so that the function
# still has time to write what it knows.
PATIENCE_SECONDS: Final = 15.0


class Task(Struct, frozen=True):
    """One message of the queue. last_attempt: the queue parks it after this one."""

    tenant_id: str
    notification_id: str
    correlation_id: str
    last_attempt: bool


class Busy(Exception):
    """Somebody else is sending this text right now."""


class _Call(Struct, frozen=True):
    """A claimed row whose provider is being asked."""

    index: int
    task: Task
    row: Notification
    provider: str | None


def send_all(
    tasks: Sequence[Task],
    *,
    provider_for: Callable[[str], Provider] = kept_provider_for,
    now: Callable[[], datetime] = clock.now,
    patience: float = PATIENCE_SECONDS,
) -> list[bool]:
    """Sends a batch; for each task, in order, whether it is done with (False: the queue must bring it again).

    Tasks do not affect each other, whatever happens to one. Only the providers are asked in threads: all else
    takes milliseconds, and PynamoDB makes its connections on first use without a lock.
    """
    done = [False] * len(tasks)
    pool = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sms")
    calls: dict[Future[Outcome], _Call] = {}
    for index, task in enumerate(tasks):
        with _alone(task):
            row = claim(task, now())
            if row is None:
                done[index] = True
                continue
            ask, name = _ask(row, provider_for)
            calls[pool.submit(ask)] = _Call(index, task, row, name)
    for call, outcome in _answers(calls, patience):
        with _alone(call.task):
            done[call.index] = outcomes.write(
                call.row, outcome, provider=call.provider, last_attempt=call.task.last_attempt, now=now()
            )
    pool.shutdown(wait=False, cancel_futures=True)
    return done


def claim(task: Task, now: datetime) -> Notification | None:
    """The task's row, now `sending` under a claim of ours; None when nothing is left to send. Raises Busy."""
    try:
        row = Notification.get(task.tenant_id, task.notification_id, consistent_read=True)
    except Notification.DoesNotExist:
        log.warning("sms_row_missing", extra={"notification_id": task.notification_id})
        return None
    return take(row, now)


def take(row: Notification, now: datetime) -> Notification | None:
    """Claims a row just read; None when nothing is left to send. Raises Busy."""
    died = row.status == "sending" and row.sending_since <= clock.epoch(now - LEASE)
    if row.status == "sending" and not died:
        raise Busy
    # A row that was given up after the last attempt can only be here because its message was redriven from the
    # dead-letter queue; what the provider refused stays refused.
    if row.status != "queued" and not died and not outcomes.is_exhausted(row):
        log.info("sms_finished_before", extra={"notification_id": row.id, "status": row.status})
        return None
    actions: list[Action] = [
        Notification.status.set("sending"),
        Notification.sending_since.set(clock.epoch(now)),
        Notification.attempts.set(row.attempts + 1),
        Notification.updated_at.set(clock.wire(now)),
    ]
    if died:
        actions.append(Notification.maybe_delivered.set(True))
    try:
        row.update(
            actions,
            condition=(Notification.status == row.status) & (Notification.attempts == row.attempts),
        )
    except UpdateError as error:
        if condition_failed(error):
            raise Busy from error
        raise
    return row


@contextmanager
def _alone(task: Task) -> Iterator[None]:
    """Logs under the task's correlation id, and keeps its trouble from the rest of the batch."""
    bind(task.correlation_id, tenant_id=task.tenant_id)
    try:
        yield
    except Busy:
        log.info("sms_busy", extra={"notification_id": task.notification_id})
    except Exception:  # noqa: BLE001 - logged, and the queue brings the message again
        log.exception("sms_attempt_broken", extra={"notification_id": task.notification_id})


def _ask(row: Notification, provider_for: Callable[[str], Provider]) -> tuple[Callable[[], Outcome], str | None]:
    """What to run in a thread, and the provider's name."""
    outcome: Outcome
    try:
        provider = provider_for(row.tenant_id)
    except NoProvider:
        outcome = PermanentFailure("no_provider")
        return lambda: outcome, None
    except Exception:  # noqa: BLE001 - e.g. its key is missing: an outcome like any other, told in the row
        log.exception("sms_provider_unusable", extra={"notification_id": row.id})
        outcome = TemporaryFailure("provider_unusable")
        return lambda: outcome, None
    return partial(provider.send, OutgoingSms(row.id, row.recipient, row.content)), provider.name


def _answers(calls: dict[Future[Outcome], _Call], patience: float) -> Iterator[tuple[_Call, Outcome]]:
    """Each call with its outcome as it comes; when patience ends, the rest as timed out."""
    waiting = dict(calls)
    try:
        for future in as_completed(calls, timeout=patience):
            yield waiting.pop(future), _outcome(future)
    except TimeoutError:
        for call in waiting.values():
            yield call, TemporaryFailure("timeout", unclear=True)


def _outcome(future: Future[Outcome]) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    log.error("sms_provider_broken", exc_info=error)
    return TemporaryFailure(f"provider_broken: {type(error).__name__}", unclear=True)
