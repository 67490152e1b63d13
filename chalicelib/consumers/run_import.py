"""Function `run_import`: imports the parts of files, which SQS delivers one at a time."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from chalice.app import Blueprint, SQSEvent

from chalicelib.core import clock
from chalicelib.core.logs import bind, log
from chalicelib.imports import running
from chalicelib.imports.queue import QueuedPart

bp = Blueprint(__name__)

MAX_TRIES: Final = 5
# The queue's `maxReceiveCount`: after so many receipts a message goes to the dead-letter queue. One more than the
# attempts: if the function ran out of memory or time at the last one, the next receipt marks the import as failed.
MAX_RECEIVES: Final = MAX_TRIES + 1


# The queue's real ARN and the partial batch response come from the merged template.
@bp.on_sqs_message(queue_arn="arn:aws:sqs:ap-northeast-1:000000000000:imports", name="run_import", batch_size=1)
def run_import(event: SQSEvent) -> dict[str, Any]:
    return handle(event.to_dict())


def handle(
    event: Mapping[str, Any], *, now: Callable[[], datetime] = clock.now, rows_per_part: int | None = None
) -> dict[str, Any]:
    """Runs the parts; returns the records that SQS must deliver again (`ReportBatchItemFailures`)."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record, now, rows_per_part)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _done(record: Mapping[str, Any], now: Callable[[], datetime], rows_per_part: int | None) -> bool:
    bind("unread")
    try:
        message = msgspec.json.decode(record["body"], type=QueuedPart)
    except msgspec.DecodeError:
        log.error("import_message_unreadable", extra={"message_id": record["messageId"]})
        return False
    bind(message.correlation_id, tenant_id=message.tenant_id)
    fields = {"import_id": message.import_id, "step": message.step, "part": message.part}
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    if receives > MAX_TRIES:
        log.error("import_part_tried_enough", extra=fields)
        running.mark_failed(message, now=now())
        return False
    try:
        became = running.run_part(message, now=now(), rows_per_part=rows_per_part)
    except Exception:  # noqa: BLE001
        # SQS delivers the message again. After the last attempt the import is marked as failed.
        log.exception("import_part_failed", extra=fields)
        if receives == MAX_TRIES:
            running.mark_failed(message, now=now())
        return False
    log.info("import_part_done", extra={**fields, "became": became})
    return True
