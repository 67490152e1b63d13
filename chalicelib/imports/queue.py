"""The queue of parts that are due."""

import msgspec

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.file_import import FileImport


class QueuedPart(msgspec.Struct, frozen=True):
    """A message: which part of which step of which run."""

    tenant_id: str
    import_id: str
    run: str
    step: str
    part: int
    correlation_id: str


def put_next_on_queue(row: FileImport) -> None:
    """Has the import's next part done."""
    message = QueuedPart(row.tenant_id, row.id, row.run, row.step, int(row.part), row.correlation_id)
    body = msgspec.json.encode(message).decode()
    aws.client("sqs").send_message(QueueUrl=settings().import_queue_url, MessageBody=body)
