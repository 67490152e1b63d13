"""Creates the template's tables, queues and secrets in moto, so that the tests use the deployed ones."""

import json
import os
import pickle
from collections.abc import Container, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

TABLE_PREFIX = "luckygas-test-"
_ACCOUNT = "123456789012"  # moto's
RESOURCES = Path(__file__).parent.parent / "infra" / "resources.json"
QUEUES = f"https://sqs.ap-northeast-1.amazonaws.com/{_ACCOUNT}/luckygas-test-"

ENVIRONMENT = {
    "STAGE": "local",
    "AWS_REGION": "ap-northeast-1",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_ENDPOINT_URL": "",
    "TABLE_PREFIX": TABLE_PREFIX,
    "WS_ENDPOINT": "http://127.0.0.1:1/api",
    "PUBLIC_URL": "https://gas.example/api",
    "WEBSOCKET_URL": "wss://socket.gas.example/api",
    "MAP_TILES": "https://{s}.tiles.example/{z}/{x}/{y}.png",
    "SMS_QUEUE_URL": f"{QUEUES}sms",
    "SMS_DEAD_LETTER_QUEUE_URL": f"{QUEUES}sms-dead-letters",
    "STREAM_DEAD_LETTER_QUEUE_URL": f"{QUEUES}stream-dead-letters",
    "PROOF_BUCKET": f"luckygas-test-proof-{_ACCOUNT}-ap-northeast-1",
    "IMPORT_QUEUE_URL": f"{QUEUES}imports",
    "IMPORT_BUCKET": f"luckygas-test-imports-{_ACCOUNT}-ap-northeast-1",
    "FAN_OUT_FUNCTION": "luckygas-test-fan_out",
    "OPTIMIZER_FUNCTION": "luckygas-test-optimize_routes",
    "SECRETS_PREFIX": "/luckygas/test",
    "VERSION": "test",
    "ORIGIN_KEY": "origin-key-for-tests-only",
    "LOG_LEVEL": "INFO",
}

JWT_KEYS = {
    "signing_kid": "test-1",
    "keys": {"test-1": "c2lnbmluZy1rZXktZm9yLXRlc3RzLW9ubHktMzItYnl0ZXM"},
}


def set_environment() -> None:
    """Before anything of the app is imported: no test may ever reach a real account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if value})
    # botocore gives moto's handler only to sessions made after this import; the app makes one session per process.
    import moto.core.models  # noqa: F401


@cache
def resources() -> dict[str, Any]:
    """The resources of the template by logical id."""
    found: dict[str, Any] = json.loads(RESOURCES.read_text())["Resources"]
    return found


@contextmanager
def aws_in_process(client: Any, *, only: Container[str] | None = None) -> Iterator[None]:
    """moto with every table, queue and bucket, all empty, and the signing keys; or some tables, by logical id.

    client: gives a client by service name.
    """
    from tests.quick_moto import shorten

    with empty_moto():
        shorten(client("dynamodb"), _ACCOUNT, ENVIRONMENT["AWS_REGION"])
        _create_all(client, only)
        yield


@contextmanager
def whole_way(client: Any) -> Iterator[Any]:
    """Inside, botocore signs, sends and repeats a client's calls as in production. Yields the client's events."""
    from tests.quick_moto import NAME, shorten

    client.meta.events.unregister("before-call", unique_id=NAME)
    try:
        yield client.meta.events
    finally:
        shorten(client, _ACCOUNT, ENVIRONMENT["AWS_REGION"])


@contextmanager
def empty_moto() -> Iterator[None]:
    """An empty moto, which is emptied again afterwards."""
    import boto3
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    _start_moto()
    try:
        yield
    finally:
        BackendDict.reset()
        reset_model_data()
        # It keeps the credentials that it has found once.
        boto3.DEFAULT_SESSION = None


@cache
def _start_moto() -> None:
    """Runs until the process ends: a start takes 10 ms, and no call may reach AWS between tests either."""
    from moto import mock_aws

    mock_aws().start()


def moto_answers() -> Any:
    """A handler of `before-call` that answers DynamoDB's calls on items at once."""
    from tests.quick_moto import answers

    return answers(_ACCOUNT, ENVIRONMENT["AWS_REGION"])


def moto_tables() -> dict[str, Any]:
    """moto's tables by their full names."""
    from moto.dynamodb.models import dynamodb_backends

    tables: dict[str, Any] = dynamodb_backends[_ACCOUNT][ENVIRONMENT["AWS_REGION"]].tables
    return tables


def sqs() -> Any:
    """moto's SQS. Lambda's pollers call it directly: by the client, a call costs 3 ms."""
    from moto.sqs.models import sqs_backends

    return sqs_backends[_ACCOUNT][ENVIRONMENT["AWS_REGION"]]


def empty_queues(*names: str) -> None:
    """Removes all messages, of all queues or of these. By moto's own hand: SQS purges once a minute only."""
    for queue in [sqs().queues[name] for name in names or sqs().queues]:
        queue._messages = []
        queue._pending_messages = set()
        queue.deleted_messages = set()


def show_hidden(queue: str) -> None:
    """Ends every waiting time of a queue's messages, as if it had passed."""
    for message in sqs().queues[queue]._messages:
        message.change_visibility(0)
    sqs().queues[queue]._pending_messages.clear()


def queued_messages() -> dict[str, int]:
    """How many messages each queue holds, also those in flight; without empty queues."""
    return {name: len(queue._messages) for name, queue in sqs().queues.items() if queue._messages}


def age_objects(bucket: str, by: timedelta) -> None:
    """Lets the objects of a bucket be older."""
    from moto.s3.models import s3_backends

    for each in s3_backends[_ACCOUNT]["aws"].buckets[bucket].keys.values():
        each.last_modified -= by


def _create_all(client: Any, only: Container[str] | None) -> None:
    from moto.s3.models import s3_backends
    from moto.ssm.models import ssm_backends

    # By moto's own hand, as each test needs them: a call costs 2 ms.
    parameters = ssm_backends[_ACCOUNT][ENVIRONMENT["AWS_REGION"]]
    buckets = s3_backends[_ACCOUNT]["aws"]
    for name, resource in resources().items():
        if only is not None and name not in only:
            continue
        properties = resource.get("Properties", {})
        if resource.get("Type") == "AWS::DynamoDB::Table":
            _make_table(client("dynamodb"), _table(properties))
        elif resource.get("Type") == "AWS::SQS::Queue":
            sqs().create_queue(_name(properties["QueueName"]))
        elif resource.get("Type") == "AWS::S3::Bucket":
            buckets.create_bucket(_name(properties["BucketName"]), ENVIRONMENT["AWS_REGION"])
    for name, value in (("jwt-keys", json.dumps(JWT_KEYS)), ("totp-key", "a key for tests only")):
        parameters.put_parameter(
            name=f"/luckygas/test/{name}",
            description=None,
            value=value,
            parameter_type="SecureString",
            allowed_pattern=None,
            keyid=None,
            overwrite=False,
            tags=None,
            data_type="text",
            tier=None,
            policies=None,
        )


# Empty tables by name, as moto holds them. Making one through the API costs 5 ms, and each test needs them all.
_made: dict[str, bytes] = {}


def _make_table(client: Any, table: dict[str, Any]) -> None:
    tables, name = moto_tables(), table["TableName"]
    if name in _made:
        tables[name] = pickle.loads(_made[name])
    else:
        client.create_table(**table)
        _made[name] = pickle.dumps(tables[name])


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    indexes = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    names = ("AttributeDefinitions", "KeySchema", "BillingMode", *indexes)
    table = {name: properties[name] for name in names if name in properties}
    table["TableName"] = _name(properties["TableName"])
    if "StreamSpecification" in properties:
        table["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return table


def _name(value: Any) -> str:
    name: str = value["Fn::Sub"] if isinstance(value, dict) else value
    for variable, ours in (
        ("${Stage}", "test"),
        ("${AWS::AccountId}", _ACCOUNT),
        ("${AWS::Region}", ENVIRONMENT["AWS_REGION"]),
    ):
        name = name.replace(variable, ours)
    return name
