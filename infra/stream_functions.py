"""The event sources and permissions of stream functions, derived from their declarations.

`chalicelib/consumers/stream.py` has the declaration. A new stream function needs no change here.
"""

import json
from typing import Any, Final

from chalicelib.consumers import access, announcements, connections, orders, positions, routes
from chalicelib.consumers.permissions import Permissions, union
from chalicelib.consumers.stream import STREAMS, Stream
from infra.kinds import Resources, sources

# Importing them fills STREAMS. app.py imports them, too, but only Chalice's process imports it.
HANDLERS: Final = (access, announcements, connections, orders, positions, routes)

# A failing record is separated from its batch, retried for an hour, and sent to the dead-letter queue. The age
# limits the retries, so their number is Lambda's maximum: ten would be over within minutes.
_SOURCE: Final[dict[str, Any]] = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 10_000,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}
# From the first record: Lambda starts to read minutes after the event source is enabled, and with LATEST it would
# skip the changes until then. A recreated function reads old records again, which is harmless because handlers are
# idempotent.
_LASTING: Final[dict[str, Any]] = {
    "StartingPosition": "TRIM_HORIZON",
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]}}},
}
# If records are useless after so many seconds, old ones are not read, and dropped ones do not trigger an alarm.
_FLEETING_SECONDS: Final = 60
_FLEETING: Final[dict[str, Any]] = {"StartingPosition": "LATEST"}


def logical_id(name: str) -> str:
    """The id that Chalice, and this template, give a function or a table: `orders_stream` → `OrdersStream`."""
    return "".join(word.title() for word in name.split("_"))


def declared(name: str) -> Stream | None:
    """The function of this name, if it follows a stream."""
    return STREAMS.get(name)


def undeclared_streams(resources: Resources) -> list[str]:
    """The logical ids of functions that read a stream without a declaration."""
    known = {logical_id(name) for name in STREAMS}
    return sorted(function for function, _ in sources(resources, "DynamoDB") if function not in known)


def apply_stream_defaults(resources: Resources) -> None:
    """Sets the properties of every stream's event source by its declaration."""
    streams = {logical_id(each.name): each for each in STREAMS.values()}
    for function, source in sources(resources, "DynamoDB"):
        source.clear()
        source.update(event_source(streams[function]))


def event_source(stream: Stream) -> dict[str, Any]:
    """The properties of the event source."""
    is_fleeting = stream.max_age_seconds <= _FLEETING_SECONDS
    pattern: dict[str, Any] = {"eventName": list(stream.events)}
    if stream.where:
        pattern["dynamodb"] = {"NewImage": dict(stream.where)}
    window = {"MaximumBatchingWindowInSeconds": stream.window_seconds} if stream.window_seconds else {}
    return {
        "Stream": {"Fn::GetAtt": [f"{logical_id(stream.table)}Table", "StreamArn"]},
        "BatchSize": stream.batch_size,
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern, separators=(",", ":"))}]},
        "MaximumRecordAgeInSeconds": stream.max_age_seconds,
        "ParallelizationFactor": stream.lanes,
        **window,
        **_SOURCE,
        **(_FLEETING if is_fleeting else _LASTING),
    }


def permissions_of(stream: Stream) -> Permissions:
    """The declared permissions, those that Lambda needs to read the stream, and those that `@stream` needs."""
    return union(
        stream.permissions,
        {
            f"{stream.table}/stream/*": "DescribeStream GetRecords GetShardIterator ListStreams",
            # For the stream's lag: chalicelib/monitoring/stream_health.py.
            "system_metrics": "DeleteItem PutItem UpdateItem",
            "sqs:StreamDeadLetterQueue": "SendMessage",
        },
    )
