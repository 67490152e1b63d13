"""The functions that follow streams, as they are declared beside their handlers: their policies and event sources.

`chalicelib/consumers/stream.py` is where a function says what it follows and may do. Here it becomes IAM's and
CloudFormation's language, so that a new stream's function needs no other file.
"""

import json
from pathlib import Path
from typing import Any, Final

# Imported for their declarations.
from chalicelib.consumers import (  # noqa: F401
    access,
    announcements,
    connections,
    orders,
    positions,
    routes,
)
from chalicelib.consumers.stream import STREAMS, Stream
from infra.kinds import Resources, sources

_ARN: Final = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
_READ_STREAM: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
# How far it has followed: chalicelib/monitoring/stream_health.py.
_METRICS: Final = "DeleteItem PutItem UpdateItem"

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


def policy(stream: Stream) -> dict[str, Any]:
    """The IAM policy of the function: what it declares, its stream, and what every stream's function does."""
    may = stream.permissions
    statements = [
        _statement(
            "WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], "logs", "log-group:/aws/lambda/", "*"
        ),
        _table(stream.table + "/stream/*", _READ_STREAM),
        _queue("StreamDeadLetterQueue"),
        _table("system_metrics", tuple(_METRICS.split())),
        *(_table(name, tuple(actions.split())) for name, actions in may.tables.items()),
        *(_queue(name) for name in may.queues),
    ]
    for allowed, method in ((may.posts, "POST"), (may.closes, "DELETE")):
        if allowed:
            resource = {"Fn::Sub": _ARN % ("execute-api", f"${{WebsocketAPI}}/api/{method}/@connections/*")}
            statements.append(_allow(f"{method.title()}Connections", ["execute-api:ManageConnections"], resource))
    if may.hands_over:
        statements.append(
            _statement("HandOverChunks", ["lambda:InvokeFunction"], "lambda", "function:", "fan_out")
        )
    return {"Version": "2012-10-17", "Statement": statements}


def write_chalice_files(chalice: Path) -> None:
    """Adds the functions' policies and settings to a copy of `.chalice`, where Chalice looks for them."""
    (chalice / "policies").mkdir(exist_ok=True)
    config = json.loads((chalice / "config.json").read_text())
    for name, stream in STREAMS.items():
        path = f"policies/{name}.json"
        (chalice / path).write_text(json.dumps(policy(stream), indent=2))
        settings = {"iam_policy_file": path, "lambda_memory_size": stream.memory_mb}
        config.setdefault("lambda_functions", {})[name] = settings
    (chalice / "config.json").write_text(json.dumps(config, indent=2))


def _table(name: str, actions: tuple[str, ...]) -> dict[str, Any]:
    table, _, rest = name.partition("/")
    words = (table, *rest.replace("*", "").split("/"))
    sid = "".join(logical_id(word) for word in words)
    resource = f"{table}/{rest}" if rest else table
    return _statement(sid, [f"dynamodb:{action}" for action in actions], "dynamodb", "table/", resource)


def _queue(name: str) -> dict[str, Any]:
    return _allow(f"SendTo{name}", ["sqs:SendMessage"], {"Fn::GetAtt": [name, "Arn"]})


def _statement(sid: str, actions: list[str], service: str, kind: str, name: str) -> dict[str, Any]:
    return _allow(sid, actions, {"Fn::Sub": _ARN % (service, f"{kind}luckygas-${{Stage}}-{name}")})


def _allow(sid: str, actions: list[str], resource: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
