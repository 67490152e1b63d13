"""The function `run_import`: invalid messages, and messages with nothing to do."""

import msgspec
import pytest

from chalicelib.consumers.run_import import handle
from chalicelib.imports.queue import QueuedPart
from tests.factories import Business


def event(body: str) -> dict[str, list[dict[str, object]]]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"Records": [{"messageId": "m", "receiptHandle": "r", "body": body, "attributes": attributes}]}


@pytest.mark.parametrize("body", ["", "{", "{}", "[1]"])
def test_an_unreadable_message_is_tried_again(aws: None, body: str) -> None:
    assert handle(event(body)) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_a_message_for_a_deleted_import_is_deleted(gas: Business) -> None:
    message = QueuedPart(gas.tenant.id, "gone", "run", "check", 0, "correlation")
    assert handle(event(msgspec.json.encode(message).decode())) == {"batchItemFailures": []}
