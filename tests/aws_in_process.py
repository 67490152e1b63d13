"""The tables, queues and secrets of the template, made in moto: what the tests see is what is deployed."""

import json
import os
import pickle
from collections.abc import Container
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
    "PROOF_BUCKET": f"luckygas-test-proof-{_ACCOUNT}-ap-northeast-1",
    "IMPORT_QUEUE_URL": f"{QUEUES}imports",
    "IMPORT_BUCKET": f"luckygas-test-imports-{_ACCOUNT}",
    "FAN_OUT_FUNCTION": "luckygas-test-fan_out",
    "OPTIMIZER_FUNCTION": "luckygas-test-optimize_routes",
    "SECRETS_PREFIX": "/luckygas/test",
    "VERSION": "test",
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


def resources() -> dict[str, Any]:
    """The resources of the template by logical id."""
    found: dict[str, Any] = json.loads(RESOURCES.read_text())["Resources"]
    return found


def create_all(client: Any, *, only: Container[str] | None = None) -> None:
    """Makes every table, queue and bucket, and the signing keys; or only some tables, by logical id.

    client: gives a client by service name.
    """
    for name, resource in resources().items():
        if only is not None and name not in only:
            continue
        properties = resource.get("Properties", {})
        if resource.get("Type") == "AWS::DynamoDB::Table":
            _make_table(client("dynamodb"), _table(properties))
        elif resource.get("Type") == "AWS::SQS::Queue":
            client("sqs").create_queue(QueueName=_name(properties["QueueName"]))
        elif resource.get("Type") == "AWS::S3::Bucket":
            client("s3").create_bucket(
                Bucket=_name(properties["BucketName"]),
                CreateBucketConfiguration={"LocationConstraint": ENVIRONMENT["AWS_REGION"]},
            )
    client("ssm").put_parameter(Name="/luckygas/test/jwt-keys", Value=json.dumps(JWT_KEYS), Type="SecureString")


# Empty tables by name, as moto holds them. Making one through the API costs 5 ms, and each test needs them all.
_made: dict[str, bytes] = {}


def _make_table(client: Any, table: dict[str, Any]) -> None:
    from moto.dynamodb.models import dynamodb_backends

    tables = dynamodb_backends[_ACCOUNT][ENVIRONMENT["AWS_REGION"]].tables
    name = table["TableName"]
    if name in _made:
        tables[name] = pickle.loads(_made[name])
    else:
        client.create_table(**table)
        _made[name] = pickle.dumps(tables[name])


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    indexes = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", *indexes)
    table = {name: properties[name] for name in wanted if name in properties}
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
