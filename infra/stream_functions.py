"""The event sources and permissions of the functions that follow streams, derived from their declarations.

`chalicelib/consumers/stream.py` has the declaration. A new stream's function needs no other file.
"""

import json
from typing import Any, Final

from chalicelib.consumers import access, announcements, connections, orders, positions, routes
from chalicelib.consumers.permissions import Permissions, union
from chalicelib.consumers.stream import STREAMS, Stream
from infra.kinds import Resources, sources

# Their declarations fill STREAMS. app.py, which imports them too, is imported in the process of Chalice only.
HANDLERS: Final = (access, announcements, connections, orders, positions, routes)

# One bad record is split off its batch, tried again for an hour, and parked. Repeats are harmless. The age is to
# end it, so tries are as many as Lambda takes: ten may be over within minutes.
_SOURCE: Final[dict[str, Any]] = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 10_000,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}
# From the first record: Lambda begins to read minutes after it says so, and with LATEST no function would follow
# what happened until then. A function that was made anew reads what was followed before; that is harmless, too.
_LASTING: Final[dict[str, Any]] = {
    "StartingPosition": "TRIM_HORIZON",
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]}}},
}
# Where records are worth nothing after so many seconds, old ones are not read, and lost ones ring nowhere.
_FLEETING_SECONDS: Final = 60
_FLEETING: Final[dict[str, Any]] = {"StartingPosition": "LATEST"}


def logical_id(name: str) -> str:
    """The id that Chalice, and this template, give a function or a table: `orders_stream` → `OrdersStream`."""
    return "".join(word.title() for word in name.split("_"))


def declared(name: str) -> Stream | None:
    """The function of this name, if it follows a stream."""
    return STREAMS.get(name)


def undeclared_streams(resources: Resources) -> list[str]:
    """Functions that read a stream without a declaration, by logical id."""
    known = {logical_id(name) for name in STREAMS}
    return sorted(function for function, _ in sources(resources, "DynamoDB") if function not in known)


def apply_stream_defaults(resources: Resources) -> None:
    """Gives every stream's event source what its function declares."""
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
    """What the function declares, what Lambda needs to read the stream, and what every stream's function does."""
    return union(
        stream.permissions,
        {
            f"{stream.table}/stream/*": "DescribeStream GetRecords GetShardIterator ListStreams",
            # How far it has followed: chalicelib/monitoring/stream_health.py.
            "system_metrics": "DeleteItem PutItem UpdateItem",
            "sqs:StreamDeadLetterQueue": "SendMessage",
        },
    )
