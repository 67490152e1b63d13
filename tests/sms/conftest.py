"""The tables and queues of the template, in process."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

os.environ.update(
    STAGE="test",
    AWS_REGION="ap-northeast-1",
    AWS_DEFAULT_REGION="ap-northeast-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    TABLE_PREFIX="luckygas-test-",
    WS_ENDPOINT="https://ws.test/api",
    SMS_QUEUE_URL="https://sqs.ap-northeast-1.amazonaws.com/123456789012/luckygas-test-sms",
    SMS_DEAD_LETTER_QUEUE_URL=(
        "https://sqs.ap-northeast-1.amazonaws.com/123456789012/luckygas-test-sms-dead-letters"
    ),
    SECRETS_PREFIX="/luckygas/test",
    VERSION="test",
)

TABLES = ("TenantsTable", "CustomersTable", "NotificationHistoryTable", "SystemMetricsTable")
KEYS = ("AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")


@pytest.fixture
def aws() -> Iterator[None]:
    from chalicelib import aws as clients

    template = json.loads((Path(__file__).parents[2] / "infra/resources.json").read_text())
    with mock_aws():
        for name in TABLES:
            properties: dict[str, Any] = template["Resources"][name]["Properties"]
            table_name = properties["TableName"]["Fn::Sub"].replace("${Stage}", "test")
            clients.client("dynamodb").create_table(
                TableName=table_name, **{key: properties[key] for key in KEYS if key in properties}
            )
        for queue in ("luckygas-test-sms", "luckygas-test-sms-dead-letters"):
            clients.client("sqs").create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "180"})
        yield
