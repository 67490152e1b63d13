"""Reads all messages of a dead-letter queue, each once."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from chalicelib.core import aws
from chalicelib.core.groups import slices

# The most messages of one SQS call.
_AT_ONCE: Final = 10
# Without waiting SQS queries only some of its servers and may return nothing though there are messages. With any
# wait it queries all.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_WAIT_SECONDS: Final = 1
# SQS hides a received message from other readers for so long.
_HIDDEN_SECONDS: Final = 120


class DeadLetter(NamedTuple):
    """A message of a dead-letter queue."""

    id: str
    body: str


class DeadLetters:
    """Iterates over the messages of a queue, each once. The caller deletes those that it has handled.

    After the last one, all messages that were not deleted become visible again. is_over: checked before each call;
    if it is true the iteration ends early, and the messages become visible again within two minutes.
    """

    def __init__(self, url: str, *, sqs: Any = None, is_over: Callable[[], bool] = lambda: False) -> None:
        self._url = url
        self._sqs = sqs or aws.client("sqs")
        self._is_over = is_over
        self._receipts: dict[str, str] = {}
        self._deleted: set[str] = set()

    def __iter__(self) -> Iterator[DeadLetter]:
        while not self._is_over():
            found = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_AT_ONCE,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
            ).get("Messages", ())
            if not found:
                break
            # If reading takes long, messages that were not deleted come again; new ones may follow them.
            new = [each for each in found if each["MessageId"] not in self._receipts]
            self._receipts |= {each["MessageId"]: each["ReceiptHandle"] for each in found}
            yield from (DeadLetter(each["MessageId"], each["Body"]) for each in new)
        self._give_back()

    def delete(self, dead_letter: DeadLetter) -> None:
        """Deletes a message from the queue."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=self._receipts[dead_letter.id])
        self._deleted.add(dead_letter.id)

    def _give_back(self) -> None:
        remaining = [receipt for id_, receipt in self._receipts.items() if id_ not in self._deleted]
        for receipts in slices(remaining, _AT_ONCE):
            if self._is_over():
                return
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts)
            ]
            # SQS refuses messages that are visible already, which is fine.
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
