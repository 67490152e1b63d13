"""DynamoDB's eventually consistent reads in the worst case: they do not include a table's last write.

moto's reads are always consistent, so no test would detect a missing `ConsistentRead`. Here a read without it
returns each table as it was before its last write. AWS seldom lags, and by milliseconds, so otherwise a test would
fail only by chance.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from chalicelib.core import aws
from tests.aws_in_process import moto_answers, moto_tables
from tests.quick_moto import stored_row

_READS: Final = {"GetItem", "Query", "Scan"}

# The rows of a table's last write: the rows they lie among, their key there, and what they were before, None for
# not there.
Undo = list[tuple[Any, Any, Any]]


@contextmanager
def stale_reads() -> Iterator[None]:
    """Meanwhile DynamoDB's eventually consistent reads do not see the last write of their table."""
    answer = moto_answers()
    last_writes: dict[str, Undo] = {}

    def answer_as_before(model: Any, params: Mapping[str, Any], **_: Any) -> Any:
        body = json.loads(params["body"])
        if written := dict(_written(model.name, body)):
            found = answer(model=model, params=params)
            if found is not None and found[0].status_code == 200:  # a refused write changes nothing
                last_writes.update(written)
            return found
        with _undone([last_writes.get(table, []) for table in _read_stale(model.name, body)]):
            return answer(model=model, params=params)

    events = aws.client("dynamodb").meta.events
    # Before moto's own handler, and after those of a test, which are registered for DynamoDB only.
    events.register("before-call", answer_as_before)
    try:
        yield
    finally:
        events.unregister("before-call", answer_as_before)


def _read_stale(operation: str, body: Mapping[str, Any]) -> list[str]:
    """The tables that a call reads without asking for consistency."""
    if operation == "BatchGetItem":
        return [table for table, request in body["RequestItems"].items() if not request.get("ConsistentRead")]
    return [body["TableName"]] if operation in _READS and not body.get("ConsistentRead") else []


def _written(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Undo]]:
    """What a call is about to write, by table, as it is before."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        parts = [(body["TableName"], body)]
    elif operation == "BatchWriteItem":
        parts = [
            (table, next(iter(request.values())))
            for table, requests in body["RequestItems"].items()
            for request in requests
        ]
    elif operation == "TransactWriteItems":
        parts = [(part["TableName"], part) for write in body["TransactItems"] for part in write.values()]
    else:
        return
    tables = moto_tables()
    for name in dict.fromkeys(name for name, _ in parts):
        rows = (stored_row(tables[name], part) for table, part in parts if table == name)
        yield name, [(table.items if place is None else place, key, item) for table, place, key, item in rows]


@contextmanager
def _undone(writes: list[Undo]) -> Iterator[None]:
    """Puts back what was there before these writes, for the time of a read."""
    rows = [row for undo in writes for row in undo]
    now = [(place, key, place.get(key)) for place, key, _ in rows]
    _put(rows)
    try:
        yield
    finally:
        _put(now)


def _put(rows: Undo) -> None:
    for place, key, item in rows:
        if item is None:
            place.pop(key, None)
        else:
            place[key] = item
