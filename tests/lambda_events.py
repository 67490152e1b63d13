"""Lambda events of AWS's services, and calls of the functions with them."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from msgspec import structs

from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.gateway import make_poster, posters
from chalicelib.realtime.posts import FIRST_ROUND
from chalicelib.realtime.slow import slow_connections


def websocket(
    connection_id: str, kind: str, *, body: str | None = None, query: dict[str, str] | None = None, **values: Any
) -> dict[str, Any]:
    """An API Gateway WebSocket event. kind: `CONNECT`, `MESSAGE` or `DISCONNECT`."""
    event: dict[str, Any] = {
        "requestContext": {
            "routeKey": {"CONNECT": "$connect", "MESSAGE": "$default", "DISCONNECT": "$disconnect"}[kind],
            "eventType": kind,
            "connectionId": connection_id,
            "requestId": f"req-{uuid4()}",
            "domainName": "abc123.execute-api.ap-northeast-1.amazonaws.com",
            "stage": "api",
            "apiId": "abc123",
        },
        "isBase64Encoded": False,
        **values,
    }
    if body is not None:
        event["body"] = body
    if query is not None:
        event["queryStringParameters"] = query
    return event


def stream(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A batch of stream records as Lambda gets it, from what the stream itself returns."""
    return {"Records": [_record(record) for record in records]}


def _record(record: dict[str, Any]) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    created = change["ApproximateCreationDateTime"]
    change["ApproximateCreationDateTime"] = created if isinstance(created, int | float) else created.timestamp()
    change.setdefault("SizeBytes", 0)
    for image in ("Keys", "OldImage", "NewImage"):
        if image in change:
            change[image] = {name: _json_value(value) for name, value in change[image].items()}
    return {**record, "dynamodb": change, "eventSourceARN": record.get("eventSourceARN", "arn:stream")}


def _json_value(value: dict[str, Any]) -> dict[str, Any]:
    """A row's value in Lambda's JSON: bytes in base64."""
    return {"B": b64encode(value["B"]).decode()} if isinstance(value.get("B"), bytes) else value


def open_gateway() -> None:
    """Makes the process's gateway for streams more patient: where tests run side by side, answers take longer."""
    close_gateway()
    posters()[FIRST_ROUND] = make_poster(structs.replace(FIRST_ROUND, post_seconds=1.0))


def close_gateway() -> None:
    """Deletes the process's gateways and its data about connections, so that the next test has none."""
    for each in posters().values():
        each.close()
    for memory in (posters, slow_connections, backlog):
        memory.cache_clear()
