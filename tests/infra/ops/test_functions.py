"""Calling a stage's functions: to their end, once, and the current one."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.exceptions import HTTPClientError

from infra.ops.functions import TO_ITS_END, follower, invoke
from infra.ops.stage import Refused
from infra.packaging import ROOT
from tests.aws_in_process import empty_moto

REGION = "ap-northeast-1"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The calls of a Lambda that hangs up without an answer."""
    came: list[str] = []

    class HangsUp(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.path)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), HangsUp)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    yield came
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_function_that_does_not_answer_is_not_started_again(calls: list[str]) -> None:
    with pytest.raises(HTTPClientError):
        invoke("create_due_orders", {})
    assert len(calls) == 1


def test_no_function_runs_longer_than_its_answer_is_waited_for() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    timeouts = [each["lambda_timeout"] for each in config["lambda_functions"].values() if "lambda_timeout" in each]
    assert max(timeouts) >= 240
    assert max(timeouts) < TO_ITS_END.read_timeout


def test_a_streams_function_is_the_one_that_follows_it_now() -> None:
    with empty_moto():
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        functions, arns = boto3.client("lambda"), {}
        for name in ("orders", "routes"):
            made = functions.create_function(
                FunctionName=f"luckygas-dev-{name}-1A2B3C",
                Runtime="python3.11",
                Role=role,
                Handler="app.x",
                Code={"ZipFile": b"x"},
            )
            arns[name] = made["FunctionArn"]
            table = boto3.client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            )["TableDescription"]
            functions.create_event_source_mapping(
                EventSourceArn=table["LatestStreamArn"], FunctionName=arns[name], StartingPosition="LATEST"
            )
        assert follower(table["LatestStreamArn"]) == arns["routes"]
        with pytest.raises(Refused, match="no function follows the stream of users"):
            follower(f"arn:aws:dynamodb:{REGION}:123456789012:table/users/stream/x")
