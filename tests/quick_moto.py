"""moto's DynamoDB without HTTP: calls on items go directly to the methods of moto.

Without signing, HTTP, routing and parsing, a call takes 0.3 to 1 ms instead of 2 to 4. A transaction saves only
the rows that it changes, whereas moto copies whole tables with their streams, and after a refused transaction a
reader's stream gets no further records. moto itself stores, refuses and answers; a test compares the answers of
both ways.
"""

import copy
import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.models import botocore_stubber
from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

from tests.light_moto import lighten

_METHODS: Final = {
    "GetItem": "get_item",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "Query": "query",
    "Scan": "scan",
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "TransactWriteItems": "transact_write_items",
}

# Of the handler among a client's.
NAME: Final = "quick_moto"
_TURN: Final = Lock()


class _Handler(DynamoHandler):
    """What moto makes of a request, made of the body alone."""

    # Instead of a look-up for each row.
    dynamodb_backend: Any = None

    def __init__(self, account: str, region: str, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        super().__init__()
        self.current_account, self.region = account, region
        self.dynamodb_backend = dynamodb_backends[account][region]
        self.headers, self.body = headers, body
        self.querystring: dict[str, Any] = {}
        self.response_headers: dict[str, str] = {}


Answer = Callable[..., tuple[AWSResponse, dict[str, Any]] | None]


def shorten(client: Any, account: str, region: str) -> None:
    """Lets a DynamoDB client take the short way while moto is at work. Harmless when repeated."""
    lighten()
    # Else botocore puts it together for each call, of sixteen parts.
    client.meta.config._supplied_user_agent = "tests"
    # botocore works out where to send each call; a client of DynamoDB without accounts' endpoints has one place.
    resolver = client._ruleset_resolver
    resolver.construct_endpoint = _endpoint(type(resolver).construct_endpoint, resolver)
    # Last of all: listeners that count calls or make them fail come before.
    client.meta.events.register_last("before-call", answers(account, region), unique_id=NAME)


def _endpoint(construct: Callable[..., Any], resolver: Any) -> Callable[..., Any]:
    by_operation: dict[str, Any] = {}

    def endpoint(operation_model: Any, call_args: Any, request_context: Any) -> Any:
        name = operation_model.name
        if name not in by_operation:
            by_operation[name] = construct(resolver, operation_model, call_args, request_context)
        return by_operation[name]

    return endpoint


def answers(account: str, region: str) -> Answer:
    """A handler of botocore's `before-call` that answers calls on items; None for others."""

    def answer(model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if not botocore_stubber.enabled or model.name not in _METHODS:
            return None
        body = _with_bytes(json.loads(params["body"]))
        handler = _Handler(account, region, params["headers"], body)
        try:
            # One after the other, as DynamoDB does with a row: tests call from several threads.
            with _TURN, _all_or_nothing(handler.dynamodb_backend.tables, body.get("TransactItems", ())):
                result = getattr(handler, _METHODS[model.name])().result
        except (ServiceException, HTTPException) as refusal:
            return _refused(handler, model, refusal)
        known = model.output_shape.members
        answered = {name: value for name, value in result.items() if name in known and value is not None}
        return AWSResponse("", 200, {}, None), {**answered, "ResponseMetadata": {"HTTPStatusCode": 200}}

    return answer


def _refused(handler: DynamoHandler, model: Any, refusal: Any) -> tuple[AWSResponse, dict[str, Any]]:
    """As moto writes a refusal and botocore reads it off the wire."""
    if isinstance(refusal, HTTPException):
        status, body = refusal.code, refusal.description
    else:
        status, _, body = handler.serialized(ActionResult(refusal))
    response: dict[str, Any] = {"status_code": status, "headers": {}, "body": str(body).encode(), "context": {}}
    parser = create_parser("json")
    parsed: dict[str, Any] = parser.parse(response, model.output_shape)
    shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
    if shape is not None:
        parsed.update(parser.parse(response, shape))
    return AWSResponse("", status, {}, None), parsed


@contextmanager
def _all_or_nothing(tables: Mapping[str, Any], writes: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Puts back what a refused transaction has touched; moto's own copies are the tables themselves meanwhile."""
    before = [stored_row(tables[part["TableName"]], part) for write in writes for part in write.values()]
    touched = {table.name: table for table, *_ in before}.values()
    lengths = [len(table.stream_shard.items) if table.stream_shard else 0 for table in touched]
    for table in touched:
        table.__deepcopy__ = lambda memo, itself=table: itself
    try:
        yield
    except (ServiceException, HTTPException):
        for table, place, key, item in before:
            rows = place if place is not None else table.items
            if item is None:
                rows.pop(key, None)
            else:
                rows[key] = item
        for table, length in zip(touched, lengths, strict=True):
            if table.stream_shard:
                del table.stream_shard.items[length:]
        raise
    finally:
        for table in touched:
            del table.__deepcopy__


def stored_row(table: Any, part: Mapping[str, Any]) -> tuple[Any, Any, DynamoType, Any]:
    """A row that a write names: its table, the rows under its hash key if it has a range, its last key, a copy."""
    key = part["Item"] if "Item" in part else part["Key"]
    hash_key = DynamoType(key[table.hash_key_attr])
    if table.range_key_attr is None:
        return table, None, hash_key, copy.deepcopy(table.items.get(hash_key))
    place, range_key = table.items[hash_key], DynamoType(key[table.range_key_attr])
    return table, place, range_key, copy.deepcopy(place.get(range_key))


def _with_bytes(value: Any) -> Any:
    """Binary values as moto's parser hands them on."""
    if isinstance(value, list):
        return [_with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": b64decode(value["B"])}
    if value.keys() == {"BS"} and isinstance(value["BS"], list):
        return {"BS": [b64decode(each) for each in value["BS"]]}
    return {name: _with_bytes(each) for name, each in value.items()}
