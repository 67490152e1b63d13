"""Reading a queue of what was given up: each letter once, until there is really none left."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from chalicelib.core import aws

# As many as SQS hands out, and takes back, in one call.
_AT_ONCE: Final = 10
# Without waiting SQS asks some of its servers only, and may say that there is nothing while there is. With any
# wait it asks all. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_WAIT_SECONDS: Final = 1
# What is being looked at nobody else sees.
_HIDDEN_SECONDS: Final = 120


class DeadLetter(NamedTuple):
    """One message that was given up."""

    id: str
    body: str


class DeadLetters:
    """The letters of a queue, each once. Whoever has done with one deletes it.

    What was not deleted is in sight again once all were read. is_over: asked before each call; where it says so
    the reading ends early, and letters come back into sight by themselves within two minutes.
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
            # Letters that were kept come again when reading takes long; others may be behind them.
            new = [each for each in found if each["MessageId"] not in self._receipts]
            self._receipts |= {each["MessageId"]: each["ReceiptHandle"] for each in found}
            yield from (DeadLetter(each["MessageId"], each["Body"]) for each in new)
        self._give_back()

    def delete(self, dead_letter: DeadLetter) -> None:
        """Done with it."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=self._receipts[dead_letter.id])
        self._deleted.add(dead_letter.id)

    def _give_back(self) -> None:
        remaining = [receipt for id_, receipt in self._receipts.items() if id_ not in self._deleted]
        for start in range(0, len(remaining), _AT_ONCE):
            if self._is_over():
                return
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(remaining[start : start + _AT_ONCE])
            ]
            # Refuses those that are in sight already, which is what is wanted.
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
