"""The tenant and the records on which the commands of docs/operations.md are tried."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3

from chalicelib.core.clock import wire
from infra.local.environment import ACCOUNT, REGION
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

TENANT, USER, CUSTOMER, DRIVER = "t-ops", "u-ops", "c-ops", "d-ops"
CORRELATION = "made-by-the-operations-test"
COPY = "luckygas-local-customers-at-20261125T080000"
_LONG_AGO = {"S": "2026-11-25T08:00:00.000Z"}
_IN_THE_WINDOW = "2026-11-25T09:00:00.000Z"


def prepare(stack: LocalStack) -> str:
    """The id of an order of a seeded business, which has taken a step under CORRELATION."""
    session = boto3.Session(ACCOUNT, "local", region_name=REGION)
    clients = {
        name: session.client(name, endpoint_url=stack.info["emulator_url"])
        for name in ("dynamodb", "dynamodbstreams", "logs", "sqs")
    }
    dynamodb, prefix = clients["dynamodb"], stack.environment["TABLE_PREFIX"]
    for table, row in _rows():
        dynamodb.put_item(TableName=prefix + table, Item=row)
    _restored(dynamodb)
    order_id = _order(stack)
    seeded = dynamodb.query(
        TableName=f"{prefix}orders",
        KeyConditionExpression="tenant_id = :tenant AND id = :id",
        ExpressionAttributeValues={":tenant": {"S": _tenant_of(stack)}, ":id": {"S": order_id}},
    )["Items"][0]
    for name, at in (("o-then", _IN_THE_WINDOW), ("o-now", wire(datetime.now(UTC)))):
        # Two orders of the test's tenant; only a command makes the stream's function handle them again.
        quiet = {**seeded, "tenant_id": {"S": TENANT}, "id": {"S": name}, "updated_at": {"S": at}}
        dynamodb.put_item(TableName=f"{prefix}orders", Item=quiet)
    _letters(clients)
    _lines(clients["logs"])
    return order_id


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    who = {"tenant_id": {"S": TENANT}, "created_at": _LONG_AGO, "updated_at": _LONG_AGO}
    customer = {**who, "name": {"S": "王小明"}, "phone": {"S": "+886987000111"}, "version": {"N": "1"}}
    user = {
        **{name: {"S": name} for name in ("username", "name", "password_hash")},
        "role": {"S": "office_staff"},
        "sessions_valid_from": _LONG_AGO,
    }
    tenant = {"id": {"S": TENANT}, "name": {"S": "營運"}, "kind": {"S": "delivery"}, "created_at": _LONG_AGO}
    yield "tenants", tenant
    yield "users", {**who, **user, "id": {"S": USER}}
    yield "drivers", {**who, "name": {"S": "陳大明"}, "version": {"N": "1"}, "id": {"S": DRIVER}}
    for name in (CUSTOMER, "c-lost", "c-spoiled"):
        yield "customers", {**customer, "id": {"S": name}}
    hour = {"name": {"S": "hourly"}, "at": {"S": "2026-11-24T08:00Z"}, "connections": {"N": "77"}}
    yield "system_metrics", hour


def _restored(dynamodb: Any) -> None:
    """A restored copy of the tenant's customers, of which one is then deleted in the table and one changed."""
    table = COPY.partition("-at-")[0]
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=COPY)
    # Streams may still change the seeded customers, on a busy machine: the copy has none of them.
    for row in dynamodb.scan(TableName=COPY, ProjectionExpression="tenant_id, id")["Items"]:
        if row["tenant_id"]["S"] != TENANT:
            dynamodb.delete_item(TableName=COPY, Key=row)
    dynamodb.delete_item(TableName=table, Key={"tenant_id": {"S": TENANT}, "id": {"S": "c-lost"}})
    dynamodb.update_item(
        TableName=table,
        Key={"tenant_id": {"S": TENANT}, "id": {"S": "c-spoiled"}},
        UpdateExpression="SET #name = :name, version = :two",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": "壞了"}, ":two": {"N": "2"}},
    )


def _order(stack: LocalStack) -> str:
    office = Client(stack, "office_staff")
    with office.listen() as board:
        order = office.order()
        board.until("order_created")
        step = f"/v1/orders/{order['id']}/status"
        office.post(step, {"status": "confirmed"}, headers={"X-Correlation-Id": CORRELATION})
        board.until("order_status_changed")
    return str(order["id"])


def _tenant_of(stack: LocalStack) -> str:
    return str(Client(stack, "office_staff").get("/v1/auth/me").json()["tenant"]["id"])


def _letters(clients: dict[str, Any]) -> None:
    """One dead letter of each kind: an SMS and an import that no longer exist, a batch of the stream, a chunk."""
    put = clients["sqs"].send_message
    text = {"tenant_id": TENANT, "notification_id": "gone", "correlation_id": "c", "queued_at": 1}
    part = {**text, "import_id": "gone", "run": "r", "step": "check", "part": 1}
    put(QueueUrl=_queue(clients, "sms-dead-letters"), MessageBody=json.dumps(text))
    put(QueueUrl=_queue(clients, "imports-dead-letters"), MessageBody=json.dumps(part))
    arn = clients["dynamodb"].describe_table(TableName="luckygas-local-orders")["Table"]["LatestStreamArn"]
    streams = clients["dynamodbstreams"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    first = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    numbers = [
        record["dynamodb"]["SequenceNumber"]
        for record in streams.get_records(ShardIterator=first["ShardIterator"])["Records"][:20]
    ]
    batch = {
        "shardId": shard,
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
        "batchSize": 1,
        "streamArn": arn,
    }
    context = {"functionArn": "arn:aws:lambda:ap-northeast-1:000000000000:function:of-a-stack-before"}
    dead_letters = _queue(clients, "stream-dead-letters")
    put(QueueUrl=dead_letters, MessageBody=json.dumps({"requestContext": context, "DDBStreamBatchInfo": batch}))
    put(
        QueueUrl=dead_letters, MessageBody=json.dumps({"requestContext": context, "requestPayload": {"chunk": ""}})
    )


def _queue(clients: dict[str, Any], name: str) -> str:
    return str(clients["sqs"].get_queue_url(QueueName=f"luckygas-local-{name}")["QueueUrl"])


def _lines(logs: Any) -> None:
    """A text that a healthy stack never logs."""
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/luckygas-local-")["logGroups"]
    for function, level, message in (
        ("OrdersStream", "ERROR", "an_error_by_hand"),
        ("OrdersStream", "INFO", "no_error_by_hand"),
        ("SendSms", "WARNING", "a_warning_by_hand"),
    ):
        [group] = [each["logGroupName"] for each in groups if f"-{function}" in each["logGroupName"]]
        logs.create_log_stream(logGroupName=group, logStreamName=message)
        line = json.dumps({"level": level, "message": message})
        event = {"timestamp": int(time.time() * 1000), "message": line}
        logs.put_log_events(logGroupName=group, logStreamName=message, logEvents=[event])
