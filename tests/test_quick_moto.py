"""Direct calls of moto compared with calls over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws as app_aws
from chalicelib.core.settings import settings
from tests.aws_in_process import moto_tables
from tests.light_moto import moto_as_it_is

Call = tuple[str, dict[str, Any]]


def table(name: str) -> str:
    return settings().table_prefix + name


def row(key: str, **values: Any) -> dict[str, Any]:
    return {"tenant_id": {"S": "t"}, "id": {"S": key}, **values}


def calls() -> Iterator[Call]:
    """Every operation that is shortened, taken and refused, with every type of value."""
    users = {"TableName": table("users")}
    kinds = {
        "n": {"N": "1.50"},
        "b": {"B": b"\0\xff"},
        "bs": {"BS": [b"a", b"b"]},
        "ss": {"SS": ["a", "b"]},
        "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}, {"B": b"B"}]}}},
        "no binary": {"M": {"B": {"S": "aGVsbG8="}}},
    }
    new = {"ConditionExpression": "attribute_not_exists(id)"}
    yield "put_item", {**users, "Item": row("1", **kinds), **new}
    yield "put_item", {**users, "Item": row("1"), **new}
    yield "put_item", {**users, "Item": row("1"), **new, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    yield "get_item", {**users, "Key": row("1"), "ConsistentRead": True}
    yield "get_item", {**users, "Key": row("2")}
    yield "get_item", {"TableName": "nowhere", "Key": row("1")}
    change = {
        **users,
        "UpdateExpression": "SET #m = :m, n = n + :n ADD ss :more REMOVE b",
        "ExpressionAttributeNames": {"#m": "m"},
        "ExpressionAttributeValues": {":m": {"L": []}, ":n": {"N": "2"}, ":more": {"SS": ["c"]}},
    }
    for returned in ("ALL_NEW", "ALL_OLD", "UPDATED_NEW", "NONE"):
        yield "update_item", {**change, "Key": row("1"), "ReturnValues": returned}
        again = {"UpdateExpression": "SET b = :b", "ExpressionAttributeValues": {":b": {"B": b"\1"}}}
        yield "update_item", {**users, "Key": row("1"), **again}
    yield "update_item", {**change, "Key": row("1"), "ConditionExpression": "attribute_not_exists(id)"}
    yield "update_item", {**change, "Key": row("1"), "UpdateExpression": "SET"}
    put = {"Put": {**users, "Item": row("2", **kinds)}}
    rewrite = "REMOVE ss SET #m = :m, n = :n, q = :more"
    update = {"Update": {**change, "Key": row("1"), "UpdateExpression": rewrite}}
    refused = {"ConditionCheck": {**users, "Key": row("1"), **new}}
    delete = {"Delete": {**users, "Key": row("1")}}
    yield "transact_write_items", {"TransactItems": [put, update, refused]}
    yield "transact_write_items", {"TransactItems": [put, delete, put]}
    yield "transact_write_items", {"TransactItems": [put, update]}
    # A row has up to 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    for size in (390_000, 410_000):
        half = {"S": "x" * (size // 2)}
        yield "put_item", {**users, "Item": row("large", one=half, other=half)}
        grown = {
            "UpdateExpression": "SET third = :more",
            "ExpressionAttributeValues": {":more": {"S": "x" * 20_000}},
        }
        yield "update_item", {**users, "Key": row("large"), **grown}
    yield "delete_item", {**users, "Key": row("large")}
    names = {"RequestItems": {users["TableName"]: [{"PutRequest": {"Item": row(f"{n}")}} for n in range(3, 9)]}}
    yield "batch_write_item", names
    yield "batch_get_item", {"RequestItems": {users["TableName"]: {"Keys": [row("1"), row("2"), row("99")]}}}
    mine = {**users, "KeyConditionExpression": "tenant_id = :t", "ExpressionAttributeValues": {":t": {"S": "t"}}}
    yield "query", {**mine, "Limit": 3}
    yield "query", {**mine, "Limit": 3, "ExclusiveStartKey": row("4"), "ScanIndexForward": False}
    yield "query", {**mine, "KeyConditionExpression": "nothing = :t"}
    for most in ("2", "1", "9"):
        condition = (
            "n < :n AND (#m = :m OR NOT begins_with(id, :id)) AND n BETWEEN :one AND :n AND size(ss) IN (:n, :two)"
        )
        values = {":n": {"N": most}, ":m": {"M": {}}, ":id": {"S": "9"}, ":one": {"N": "1"}, ":two": {"N": "2"}}
        tried = {
            **users,
            "Key": row("2"),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#m": "m"},
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_OLD",
        }
        yield "delete_item", tried
        yield "delete_item", {**tried, "ConditionExpression": "unset = :n"}
        yield "put_item", {**users, "Item": row("2", **kinds)}
    yield "scan", {**users, "Select": "COUNT"}
    yield "delete_item", {**users, "Key": row("1"), "ReturnValues": "ALL_OLD"}
    yield "delete_item", {**users, "Key": row("1"), "ConditionExpression": "attribute_exists(id)"}


def answer(client: Any, call: Call) -> Any:
    """The client's result of the answer, without the fields about its transport."""
    operation, parameters = call
    try:
        answered = getattr(client, operation)(**parameters)
    except ClientError as error:
        answered = {**error.response, "raised": type(error).__name__}
    answered.pop("ResponseMetadata")
    return answered


def rows() -> Any:
    return [each.to_json() for each in moto_tables()[table("users")].all_items()]


def test_both_ways_lead_to_the_same_answers_and_the_same_rows(aws: None) -> None:
    long_way = app_aws.new_client("dynamodb", app_aws.config_of("dynamodb"))
    short = [(call, answer(app_aws.client("dynamodb"), call), rows()) for call in calls()]
    moto_tables()[table("users")].items.clear()
    with moto_as_it_is():
        for call, answered, left in short:
            assert answer(long_way, call) == answered, call
            assert rows() == left, call


def test_a_refused_transaction_leaves_neither_rows_nor_records(aws: None) -> None:
    users = moto_tables()[table("users")]
    client, records = app_aws.client("dynamodb"), users.stream_shard.items
    client.put_item(TableName=users.name, Item=row("1", n={"N": "1"}))
    before = rows()
    change = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}
    writes = [
        {"Update": {"TableName": users.name, "Key": row("1"), **change}},
        {"Put": {"TableName": users.name, "Item": row("2")}},
        {"Delete": {"TableName": users.name, "Key": row("3"), "ConditionExpression": "attribute_exists(id)"}},
    ]
    with pytest.raises(ClientError):
        client.transact_write_items(TransactItems=writes)
    assert (rows(), len(records)) == (before, 1)
    client.transact_write_items(TransactItems=writes[:2])
    assert (len(rows()), len(records)) == (2, 3)
