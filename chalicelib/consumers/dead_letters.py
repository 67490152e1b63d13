"""Failed records: each becomes a message with the record in the streams' dead-letter queue.

docs/operations.md describes how to inspect and redrive them.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from chalicelib.core import aws
from chalicelib.core.settings import settings

# SQS accepts 256 KB (1 MB since August 2025). A record's images, old and new, may have 800 KB.
_MOST_BYTES: Final = 240_000
# The most records of which this process stores that it has sent them. A batch repeated because of another record
# sends no second message.
_REMEMBERED: Final = 1_000


@cache
def sent_ids() -> OrderedDict[str, None]:
    """The ids of records that this process has sent, oldest first."""
    return OrderedDict()


def send_dead_letter(stream: str, id_: str, record: Mapping[str, Any], error: Exception) -> None:
    """Sends the record to the queue, unless this process has sent it before. Raises SQS's errors.

    id_: the record's own, the same in a repeated batch. A message that would be too large omits the record's
    images.
    """
    known = sent_ids()
    if id_ in known:
        return
    message = {"stream": stream, "reason": f"{type(error).__name__}: {error}"[:500], "record": record}
    body = json.dumps(message, default=str)
    if len(body.encode()) > _MOST_BYTES:
        change = {name: value for name, value in record["dynamodb"].items() if not name.endswith("Image")}
        body = json.dumps({**message, "record": {**record, "dynamodb": change}, "truncated": True}, default=str)
    aws.client("sqs").send_message(QueueUrl=settings().stream_dead_letter_queue_url, MessageBody=body)
    known[id_] = None
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
