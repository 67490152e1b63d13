"""The queue of texts that are due, and the one of those that were given up."""

import msgspec

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification


class QueuedSms(msgspec.Struct, frozen=True):
    """A message on the queue: which row of the history to send, what it is logged under, and since when it waits.

    queued_at: epoch seconds; again from the start when somebody has it sent anew.
    """

    tenant_id: str
    notification_id: str
    correlation_id: str
    queued_at: int


def message_for(row: Notification) -> QueuedSms:
    """The message that has the row sent."""
    return QueuedSms(row.tenant_id, row.id, row.correlation_id, int(row.queued_at))


def put_on_queue(message: QueuedSms, delay_seconds: int = 0) -> None:
    """Sends one message to SQS, to be received after so many seconds (900 at most)."""
    _send(settings().sms_queue_url, message, DelaySeconds=delay_seconds)


def park(message: QueuedSms) -> None:
    """Puts a message that was given up into the dead-letter queue, where people find it."""
    _send(settings().sms_dead_letter_queue_url, message)


def _send(queue_url: str, message: QueuedSms, **options: int) -> None:
    body = msgspec.json.encode(message).decode()
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **options)
