"""Counts what AWS would bill: requests and units, while the real functions run on moto.

DynamoDB's units are computed from the items by AWS's rules: a write costs one unit per KB of the larger of the
item before and after, twice that in a transaction, plus one write for each index entry that it makes, removes or
changes; a strongly consistent read costs one unit per 4 KB, any other read half of that.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from typing import Any

from msgspec import Struct, field

from chalicelib.core import aws
from tests.aws_in_process import resources
from tests.calls import function, invocations, listening
from tests.world import World

Item = dict[str, Any]

# US East (N. Virginia), US dollars a million, November 2026 and unchanged since November 2024; no free tier.
# Lambda's GB-seconds are a million as well. Tokyo asks 14 to 26 % more.
PRICES = {
    "lambda": 0.20,
    "gb_seconds": 16.67,
    "rest": 3.50,
    "websocket": 1.00,
    "connection_minutes": 0.25,
    "write_units": 0.625,
    "read_units": 0.125,
    "sqs": 0.40,
    "log_kilobytes": 0.50,
    # CloudFront bills by the visitor's region: this is Taiwan, the first 10 TB.
    "edge_requests": 1.20,
    "edge_kilobytes": 0.12,
    "edge_functions": 0.10,
}


class Ledger(Struct):
    """The cost of an action: calls per `service.Operation`, invocations per function, and AWS's billing units."""

    calls: Counter[str] = field(default_factory=Counter)
    invocations: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: float = 0.0
    messages: int = 0

    def billed(self, memory_mb: Mapping[str, int], ms: float) -> dict[str, float]:
        """Quantities by the names of PRICES. ms: how long an invocation takes."""
        functions = self.invocations
        return {
            "lambda": functions.total(),
            "gb_seconds": sum(memory_mb[name] / 1024 * ms / 1000 * n for name, n in functions.items()),
            "rest": functions["api_handler"],
            "websocket": self.messages,
            "write_units": self.write_units,
            "read_units": self.read_units,
            # A line of ours and three of Lambda's own.
            "log_kilobytes": functions.total(),
            # The queue's reader asks too: one receipt and one deletion for each message sent.
            "sqs": 3 * sum(n for name, n in self.calls.items() if name.startswith("sqs.")),
        }


@contextmanager
def ledger(world: World) -> Iterator[Ledger]:
    """Counts the calls inside. Messages of clients are counted by their function's invocations."""
    found = Ledger()
    posted = len(world.gateway.requests)
    client = aws.client("dynamodb")

    def count(model: Any, **_: Any) -> None:
        if function() is not None:
            found.calls[f"{model.service_model.service_name}.{model.name}"] += 1

    def before(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        writes = list(_writes(model.name, params))
        context["ledger"] = params, [(table, key, _item(table, key)) for table, key in writes]

    def after(parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        params, writes = context["ledger"]
        found.read_units += _read_units(model.name, params, parsed)
        factor = 2 if model.name.startswith("Transact") else 1
        for table, key, old in writes:
            found.write_units += _write_units(table, old, _item(table, key), factor)

    client.meta.events.register("before-parameter-build.dynamodb", before)
    client.meta.events.register("after-call.dynamodb", after)
    try:
        with listening("before-call", count), invocations() as found.invocations:
            yield found
    finally:
        client.meta.events.unregister("before-parameter-build.dynamodb", before)
        client.meta.events.unregister("after-call.dynamodb", after)
    # `$connect` and `$disconnect` are no messages.
    found.messages = found.invocations["websocket_message"] + len(world.gateway.requests) - posted


def dollars(billed: Mapping[str, float]) -> float:
    """The price of the quantities."""
    return sum(PRICES[name] * quantity for name, quantity in billed.items()) / 1e6


def size_of(item: Item | None) -> int:
    """Bytes of an item: names and values, numbers a byte for two digits and one more."""
    return 0 if item is None else sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind in ("S", "B"):
        return len(content.encode()) if isinstance(content, str) else len(content)
    if kind == "N":
        return ceil(len(content) / 2) + 1
    if kind in ("SS", "NS", "BS"):
        return sum(len(each) for each in content)
    if kind == "L":
        return 3 + sum(1 + _size(each) for each in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in content.items())
    return 1


def _writes(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """The rows that a call writes: table and key."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield params["TableName"], _key(params["TableName"], params.get("Key") or params["Item"])
    elif operation == "BatchWriteItem":
        for table, requests in params["RequestItems"].items():
            for request in requests:
                [written] = request.values()
                yield table, _key(table, written.get("Key") or written["Item"])
    elif operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            [written] = item.values()
            table = written["TableName"]
            yield table, _key(table, written.get("Key") or written["Item"])


def _read_units(operation: str, params: Mapping[str, Any], parsed: Mapping[str, Any]) -> float:
    if operation == "GetItem":
        return _read(size_of(parsed.get("Item")), params.get("ConsistentRead"))
    if operation == "BatchGetItem":
        return sum(
            _read(size_of(_item(table, key)), keys.get("ConsistentRead"))
            for table, keys in params["RequestItems"].items()
            for key in keys["Keys"]
        )
    if operation in ("Query", "Scan"):
        size = sum(size_of(item) for item in parsed.get("Items", ()))
        return _read(size, params.get("ConsistentRead"))
    return 0


def _read(size: int, consistent: bool | None) -> float:
    return max(1, ceil(size / 4096)) * (1.0 if consistent else 0.5)


def _write_units(table: str, old: Item | None, new: Item | None, factor: int) -> int:
    units = factor * max(1, ceil(max(size_of(old), size_of(new)) / 1024))
    for index in _indexes(table):
        before, after = _entry(table, index, old), _entry(table, index, new)
        if before == after:
            continue
        keys = [each["AttributeName"] for each in index["KeySchema"]]
        moved = bool(before and after) and [before[key] for key in keys] != [after[key] for key in keys]
        units += max(1, ceil(max(size_of(before), size_of(after)) / 1024)) * (2 if moved else 1)
    return units


def _entry(table: str, index: Mapping[str, Any], item: Item | None) -> Item:
    """The attributes of an item in an index; empty if the item lacks one of the index's keys."""
    keys = [each["AttributeName"] for each in index["KeySchema"]]
    if item is None or not all(key in item for key in keys):
        return {}
    if index["Projection"]["ProjectionType"] == "ALL":
        return item
    names = {*keys, *_key_names(table), *index["Projection"].get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in names}


def _properties(table: str) -> Mapping[str, Any]:
    for resource in resources().values():
        if resource.get("Type") == "AWS::DynamoDB::Table":
            name: str = resource["Properties"]["TableName"]["Fn::Sub"]
            if name.replace("${Stage}", "test") == table:
                properties: Mapping[str, Any] = resource["Properties"]
                return properties
    raise AssertionError(f"no table {table}")


def _indexes(table: str) -> Iterable[Mapping[str, Any]]:
    properties = _properties(table)
    return [*properties.get("LocalSecondaryIndexes", ()), *properties.get("GlobalSecondaryIndexes", ())]


def _key_names(table: str) -> list[str]:
    return [each["AttributeName"] for each in _properties(table)["KeySchema"]]


def _key(table: str, item: Mapping[str, Any]) -> Item:
    return {name: item[name] for name in _key_names(table)}


def _item(table: str, key: Mapping[str, Any]) -> Item | None:
    """A row, read from moto without a counted call."""
    from moto.dynamodb.models import dynamodb_backends

    backend = dynamodb_backends["123456789012"]["ap-northeast-1"]
    found = backend.get_item(table, json.loads(json.dumps(key)))
    return None if found is None else dict(found.to_json()["Attributes"])
