"""Deliberate faults on a real local stack: a damaged row, and a stream without a consumer."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.local.environment import ACCOUNT, REGION
from infra.ops.run_now import scheduled_event
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack


class Emulator:
    """The stack's tables, queues and functions, past the application."""

    def __init__(self, stack: LocalStack) -> None:
        session = boto3.Session(ACCOUNT, "local", region_name=REGION)
        services = ("cloudformation", "dynamodb", "lambda", "sqs")
        self._clients = {name: session.client(name, endpoint_url=stack.info["emulator_url"]) for name in services}
        self._environment = stack.environment

    def row(self, table: str, **key: str) -> dict[str, Any]:
        """The stored row."""
        keys = {name: {"S": value} for name, value in key.items()}
        name = self._environment["TABLE_PREFIX"] + table
        return dict(self._clients["dynamodb"].get_item(TableName=name, Key=keys)["Item"])

    def put(self, table: str, row: dict[str, Any]) -> None:
        """Stores a row without changing it."""
        self._clients["dynamodb"].put_item(TableName=self._environment["TABLE_PREFIX"] + table, Item=row)

    def dead_letters(self) -> list[Any]:
        """Takes all messages from the streams' dead-letter queue."""
        url = self._environment["STREAM_DEAD_LETTER_QUEUE_URL"]
        found = self._clients["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self._clients["sqs"].delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def follow(self, table: str, *, enabled: bool) -> None:
        """Switches the event source of a table's stream on or off."""
        sources = self._clients["lambda"].list_event_source_mappings()["EventSourceMappings"]
        name = f"{self._environment['TABLE_PREFIX']}{table}/"
        [id_] = [each["UUID"] for each in sources if name in each["EventSourceArn"]]
        self._clients["lambda"].update_event_source_mapping(UUID=id_, Enabled=enabled)

    def sweep(self) -> None:
        """Runs the sweep now, instead of within a minute."""
        stack = {"StackName": "luckygas-local", "LogicalResourceId": "SweepConnections"}
        resource = self._clients["cloudformation"].describe_stack_resource(**stack)["StackResourceDetail"]
        name, event = resource["PhysicalResourceId"], json.dumps(scheduled_event("sweep-by-a-test"))
        answer = self._clients["lambda"].invoke(FunctionName=name, Payload=event.encode())
        assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.fixture
def emulator(stack: LocalStack) -> Iterator[Emulator]:
    """With all streams followed and no letter in the queue afterwards."""
    emulator = Emulator(stack)
    yield emulator
    emulator.follow("routes", enabled=True)
    emulator.dead_letters()


def health(office: Client) -> dict[str, Any]:
    body: dict[str, Any] = office.get("/v1/health").json()
    return body


@pytest.mark.takes(120)
def test_a_damaged_order_becomes_a_dead_letter_and_the_rest_continues(
    stack: LocalStack, office: Client, emulator: Emulator
) -> None:
    kitchen = Client(stack, "office_staff", "table")
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    order = office.order()
    row = emulator.row("orders", tenant_id=tenant_id, id=order["id"])
    with office.listen() as board, kitchen.listen() as screen:
        emulator.put("orders", {name: value for name, value in row.items() if name != "items"})
        next_ = office.order()
        board.until("order_created", id=next_["id"])
        body = {"items": [{"name": "牛肉麵", "quantity": 1, "unit_price": "180"}], "table_number": "A1"}
        assert kitchen.post("/v1/orders", body).status_code == 201
        screen.until("order_created")
        listed = {each["id"] for each in office.get("/v1/orders", limit=100).json()["items"]}
        assert next_["id"] in listed
        assert order["id"] not in listed
        assert office.get("/v1/reports/daily").status_code == 200
        alone = office.get(f"/v1/orders/{order['id']}")
        assert (alone.status_code, alone.json()["code"]) == (500, "row_unreadable")
        eventually(lambda: health(office)["queues"]["stream_dead_letters"], "the letter in health")
        assert health(office)["status"] == "degraded"
        [letter] = emulator.dead_letters()
        assert letter["record"]["dynamodb"]["Keys"]["id"]["S"] == order["id"]
        emulator.put("orders", row)
        board.until("order_updated", id=order["id"])
    assert office.get(f"/v1/orders/{order['id']}").status_code == 200


@pytest.mark.takes(120)
def test_a_stream_that_nothing_follows_shows_in_health_until_it_is_followed_again(
    office: Client, emulator: Emulator
) -> None:
    for enabled, source in ((False, "stopped"), (True, "ok")):
        emulator.follow("routes", enabled=enabled)
        emulator.sweep()
        found = health(office)
        assert found["streams"]["routes"]["source"] == source
        assert found["status"] == ("healthy" if enabled else "degraded")
