"""A dead-letter queue is read to its end, even if SQS returns nothing in between."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.dead_letters import DeadLetters

URL = "https://sqs.example/letters"


class Servers:
    """SQS: a short poll misses the servers that have letters. pages: the messages of each long poll."""

    def __init__(self, pages: Sequence[Sequence[str]]) -> None:
        self._pages = list(pages)
        self.deleted: list[str] = []
        self.in_sight: list[str] = []

    def receive_message(self, *, WaitTimeSeconds: int = 0, **_: Any) -> dict[str, Any]:
        page = self._pages.pop(0) if WaitTimeSeconds and self._pages else []
        return {"Messages": [_message(id_) for id_ in page]} if page else {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:
        self.deleted.append(ReceiptHandle)

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> None:
        assert len(Entries) <= 10
        self.in_sight += [each["ReceiptHandle"] for each in Entries if each["VisibilityTimeout"] == 0]


def _message(id_: str) -> dict[str, str]:
    return {"MessageId": id_, "ReceiptHandle": f"r-{id_}", "Body": f"body of {id_}"}


def test_messages_that_a_short_poll_misses_are_read() -> None:
    dead_letters = DeadLetters(URL, sqs=Servers([["a"], ["b", "c"]]))
    assert [dead_letter.body for dead_letter in dead_letters] == ["body of a", "body of b", "body of c"]


def test_letters_that_come_again_do_not_hide_those_behind_them() -> None:
    dead_letters = DeadLetters(URL, sqs=Servers([["a", "b"], ["a", "b"], ["b", "c"]]))
    assert [dead_letter.id for dead_letter in dead_letters] == ["a", "b", "c"]


def test_undeleted_messages_are_visible_again_and_deleted_ones_gone() -> None:
    servers = Servers([[str(n) for n in range(10)], [str(n) for n in range(10, 13)]])
    dead_letters = DeadLetters(URL, sqs=servers)
    for dead_letter in dead_letters:
        if dead_letter.id == "4":
            dead_letters.delete(dead_letter)
    assert servers.deleted == ["r-4"]
    assert sorted(servers.in_sight) == sorted(f"r-{n}" for n in range(13) if n != 4)


def test_reading_ends_when_time_is_up() -> None:
    read: list[str] = []
    dead_letters = DeadLetters(URL, sqs=Servers([["a"], ["b"], ["c"]]), is_over=lambda: len(read) > 1)
    for dead_letter in dead_letters:
        read.append(dead_letter.id)
    assert read == ["a", "b"]
