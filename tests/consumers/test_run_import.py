"""The function `run_import`: invalid messages, and messages with nothing to do."""

import msgspec
import pytest

from chalicelib.consumers.run_import import MAX_RECEIVES, handle
from chalicelib.imports.queue import QueuedPart
from chalicelib.models.file_import import FileImport
from tests.factories import Business
from tests.imports.files import brought, csv_file
from tests.world import World


def event(body: str, receives: int = 1) -> dict[str, list[dict[str, object]]]:
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {"Records": [{"messageId": "m", "receiptHandle": "r", "body": body, "attributes": attributes}]}


@pytest.mark.parametrize("body", ["", "{", "{}", "[1]"])
def test_an_unreadable_message_is_tried_again(aws: None, body: str) -> None:
    assert handle(event(body)) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_a_message_for_a_deleted_import_is_deleted(gas: Business) -> None:
    message = QueuedPart(gas.tenant.id, "gone", "run", "check", 0, "correlation")
    assert handle(event(msgspec.json.encode(message).decode())) == {"batchItemFailures": []}


def test_a_part_that_died_at_each_attempt_is_not_run_again(world: World, gas: Business) -> None:
    import_id = brought(world.api, gas.staff, "customers", csv_file(("id", "name"), ("c1", "王小明")))
    world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff)
    job = FileImport.get(gas.tenant.id, import_id)
    message = QueuedPart(gas.tenant.id, import_id, job.run, job.step, 0, "correlation")
    answer = handle(event(msgspec.json.encode(message).decode(), receives=MAX_RECEIVES))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    job = FileImport.get(gas.tenant.id, import_id)
    assert (job.state, job.total) == ("failed", 0)
