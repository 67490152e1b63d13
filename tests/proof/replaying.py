"""Replays recorded calls against the local stack's emulator over HTTP, and compares the answers.

The emulator, ministack, has its own implementation of each service; it shares no code with moto.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import Session
from moto.core.models import botocore_stubber

from chalicelib.core import aws
from infra.local.environment import ACCOUNT, REGION
from tests.aws_in_process import QUEUES, TABLE_PREFIX
from tests.proof.recording import SERVICES, Call

# What an answer has besides its content.
_ABOUT: Final = ("ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics")
# What an answer to a write outside of DynamoDB says; the rest is about the service.
_SAID: Final = {"SendMessage": ("MD5OfMessageBody",), "PutObject": ("ETag",)}
_INDEXES: Final = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
_OF_AN_INDEX: Final = ("IndexName", "KeySchema", "Projection")


class Replay:
    """The same calls on an emulator. prefix: of the names there, instead of the tests' TABLE_PREFIX."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix
        session = Session()
        self._clients = {service: self._client(session, service) for service in SERVICES}

    def differences(self, calls: list[Call]) -> Iterable[str]:
        """Each call that the emulator answers otherwise."""
        self._make_all(calls)
        for number, call in enumerate(calls):
            expected, found = _content(call.operation, call.answer), _content(call.operation, self._answer(call))
            if self._renamed(expected) != found:
                shown = f"{call.service}.{call.operation} {call.params}"
                yield f"call {number}, {shown}\n    in process: {expected}\n    emulator:   {found}\n"

    def _client(self, session: Session, service: str) -> Any:
        made = session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self._url,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",
        )
        # moto answers the calls of all clients of this process.
        made.meta.events.unregister("before-send", botocore_stubber)
        return made

    def _answer(self, call: Call) -> dict[str, Any]:
        params = self._renamed(call.params)
        try:
            answer: dict[str, Any] = getattr(self._clients[call.service], xform_name(call.operation))(**params)
        except ClientError as error:
            return dict(error.response)
        return {"Body": answer["Body"].read()} if "Body" in answer else answer

    def _make_all(self, calls: list[Call]) -> None:
        """Makes the tables, queues and buckets of the calls."""
        for table in sorted({name for call in calls for name in _tables(call)}):
            described = aws.client("dynamodb").describe_table(TableName=table)["Table"]
            made = {name: described[name] for name in ("TableName", "AttributeDefinitions", "KeySchema")}
            for name in _INDEXES:
                if described.get(name):
                    made[name] = [{key: index[key] for key in _OF_AN_INDEX} for index in described[name]]
            self._clients["dynamodb"].create_table(**self._renamed(made), BillingMode="PAY_PER_REQUEST")
        for url in {call.params["QueueUrl"] for call in calls if call.service == "sqs"}:
            self._clients["sqs"].create_queue(QueueName=self._renamed(url).rpartition("/")[2])
        for bucket in {call.params["Bucket"] for call in calls if call.service == "s3"}:
            location = {"LocationConstraint": REGION}
            self._clients["s3"].create_bucket(Bucket=self._renamed(bucket), CreateBucketConfiguration=location)

    def _renamed(self, value: Any) -> Any:
        """With the emulator's names of tables, queues and buckets."""
        if isinstance(value, str):
            return value.replace(QUEUES, f"{self._url}/{ACCOUNT}/{self._prefix}").replace(
                TABLE_PREFIX, self._prefix
            )
        if isinstance(value, Mapping):
            return {self._renamed(key): self._renamed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        return value


def _tables(call: Call) -> Iterable[str]:
    if call.service != "dynamodb":
        return ()
    if "TransactItems" in call.params:
        return [part["TableName"] for item in call.params["TransactItems"] for part in item.values()]
    return call.params.get("RequestItems") or (call.params["TableName"],)


def _content(operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says. The order of rows counts in queries only, and an error's words do not."""
    content = {name: value for name, value in answer.items() if name not in _ABOUT and value not in ({}, [], None)}
    if "Error" in content:
        reasons = [each.get("Code") for each in content.get("CancellationReasons", ())]
        return {"error": content["Error"]["Code"], "reasons": reasons, "Item": _plain(content.get("Item"))}
    rows = {name: _plain(value) for name, value in content.items() if name in _SAID.get(operation, content)}
    if operation == "Scan":
        rows["Items"] = sorted(rows.get("Items", ()), key=_text)
    if operation == "BatchGetItem":
        rows["Responses"] = {
            table: sorted(items, key=_text) for table, items in rows["Responses"].items() if items
        }
    return rows


def _plain(value: Any) -> Any:
    """A value whose number is one, and whose set has no order."""
    if isinstance(value, Mapping):
        if value.keys() == {"N"}:
            return {"N": Decimal(value["N"])}
        if value.keys() & {"SS", "NS", "BS"}:
            return {name: sorted(each) for name, each in value.items()}
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _text(row: Any) -> str:
    return json.dumps(row, sort_keys=True, default=str)
