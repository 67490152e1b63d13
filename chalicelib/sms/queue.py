"""The queue of due SMS, and its dead-letter queue."""

import msgspec

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification


class QueuedSms(msgspec.Struct, frozen=True):
    """A message on the queue: the row of the history, the correlation id, and since when it waits.

    queued_at: epoch seconds; starts again when staff resend the SMS.
    """

    tenant_id: str
    notification_id: str
    correlation_id: str
    queued_at: int


def message_for(row: Notification) -> QueuedSms:
    """The message for sending the row."""
    return QueuedSms(row.tenant_id, row.id, row.correlation_id, int(row.queued_at))


def put_on_queue(message: QueuedSms, delay_seconds: int = 0) -> None:
    """Sends a message to SQS, which delivers it after so many seconds (at most 900)."""
    _send(settings().sms_queue_url, message, DelaySeconds=delay_seconds)


def park(message: QueuedSms) -> None:
    """Sends a message to the dead-letter queue."""
    _send(settings().sms_dead_letter_queue_url, message)


def _send(queue_url: str, message: QueuedSms, **options: int) -> None:
    body = msgspec.json.encode(message).decode()
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **options)
