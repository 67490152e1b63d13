"""Function `send_sms`: SQS delivers the ids of due SMS, and the function sends them to the provider."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Blueprint, SQSEvent

from chalicelib.core import aws, clock
from chalicelib.core.logs import bind, log
from chalicelib.core.settings import settings
from chalicelib.sms.circuit import PAUSE_SECONDS
from chalicelib.sms.claims import Task
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers import provider_for as cached_provider_for
from chalicelib.sms.providers.base import Provider
from chalicelib.sms.queue import QueuedSms, park, put_on_queue
from chalicelib.sms.sending import CONCURRENCY, send_all

bp = Blueprint(__name__)

# The queue's `maxReceiveCount`: after so many receipts a message goes to the dead-letter queue.
MAX_RECEIVES: Final = 8

# 5, 10, 20 … seconds, about ten minutes in all. Later a text such as "in 10–15 minutes" is wrong. The operator may
# still redrive the message from the dead-letter queue.
_FIRST_DELAY: Final = 5.0
_LONGEST_DELAY: Final = 300.0

# How long an SMS waits for a provider that is down, without using up its attempts. Later it would only confuse the
# customer; the operator may still redrive it.
WAITS_SECONDS: Final = 4 * 3600


# The queue's real ARN and the partial batch response come from the merged template.
@bp.on_sqs_message(
    queue_arn="arn:aws:sqs:ap-northeast-1:000000000000:sms", name="send_sms", batch_size=CONCURRENCY
)
def send_sms(event: SQSEvent) -> dict[str, Any]:
    return handle(event.to_dict())


def handle(
    event: Mapping[str, Any],
    *,
    provider_for: Callable[[str], Provider] = cached_provider_for,
    now: Callable[[], datetime] = clock.now,
    jitter: Callable[[], float] = random.random,
) -> dict[str, Any]:
    """Sends a batch; returns the records that SQS must deliver again (`ReportBatchItemFailures`)."""
    records: Sequence[Mapping[str, Any]] = event["Records"]
    bind("unread")
    read = [(record, message) for record in records if (message := _message(record)) is not None]
    tasks = [_task(record, message, now()) for record, message in read]
    then = send_all(tasks, provider_for=provider_for, now=now)
    finished = {
        record["messageId"]
        for (record, message), next_ in zip(read, then, strict=True)
        if _is_finished(message, next_, jitter)
    }
    again = [record for record in records if record["messageId"] not in finished]
    if again:
        _postpone(again, jitter)
    ids = sorted({message.correlation_id for _, message in read})
    bind(ids[0] if len(ids) == 1 else "several", correlation_ids=ids)
    log.info("sms_batch_done", extra={"records": len(records), "again": len(again), **Counter(then)})
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again]}


def delay_before_next(receives: int, jitter: float) -> int:
    """Seconds until the next attempt after `receives` attempts; jitter: 0 to 1, subtracts up to half."""
    if receives >= MAX_RECEIVES:
        return 0  # the next receipt moves it to the dead-letter queue
    return round(min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (receives - 1)) * (1 - jitter / 2))


def _message(record: Mapping[str, Any]) -> QueuedSms | None:
    try:
        return msgspec.json.decode(record["body"], type=QueuedSms)
    except msgspec.DecodeError:
        # Not a message of ours. It fails like the others and goes to the dead-letter queue for the operator.
        log.error("sms_message_unreadable", extra={"message_id": record["messageId"]})
        return None


def _task(record: Mapping[str, Any], message: QueuedSms, now: datetime) -> Task:
    return Task(
        message.tenant_id,
        message.notification_id,
        message.correlation_id,
        last_attempt=_receives(record) >= MAX_RECEIVES,
        overdue=clock.epoch(now) - message.queued_at > WAITS_SECONDS,
    )


def _is_finished(message: QueuedSms, then: Next, jitter: Callable[[], float]) -> bool:
    """Whether SQS may delete this message. Sends a new one if the SMS waits for its provider.

    A new one, because SQS would count every receipt of the old one as an attempt.
    """
    try:
        if then is Next.LATER:
            put_on_queue(message, round(PAUSE_SECONDS * (0.5 + jitter())))
        elif then is Next.PARK:
            park(message)
    except (BotoCoreError, ClientError):
        log.warning("sms_message_not_moved", extra={"notification_id": message.notification_id}, exc_info=True)
        return False
    return then is not Next.AGAIN


def _receives(record: Mapping[str, Any]) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])


def _postpone(records: Sequence[Mapping[str, Any]], jitter: Callable[[], float]) -> None:
    entries = [
        {
            "Id": str(index),
            "ReceiptHandle": record["receiptHandle"],
            "VisibilityTimeout": delay_before_next(_receives(record), jitter()),
        }
        for index, record in enumerate(records)
    ]
    try:
        aws.client("sqs").change_message_visibility_batch(QueueUrl=settings().sms_queue_url, Entries=entries)
    except (BotoCoreError, ClientError):
        # SQS delivers them again after the queue's own visibility time-out.
        log.warning("sms_backoff_not_set", exc_info=True)
