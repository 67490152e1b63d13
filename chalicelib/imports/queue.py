"""The queue of parts to run."""

import msgspec

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.file_import import FileImport


class QueuedPart(msgspec.Struct, frozen=True):
    """A message: the import, run, step and part."""

    tenant_id: str
    import_id: str
    run: str
    step: str
    part: int
    correlation_id: str


def put_next_on_queue(job: FileImport) -> None:
    """Puts the import's next part on the queue."""
    message = QueuedPart(job.tenant_id, job.id, job.run, job.step, int(job.part), job.correlation_id)
    body = msgspec.json.encode(message).decode()
    aws.client("sqs").send_message(QueueUrl=settings().import_queue_url, MessageBody=body)
