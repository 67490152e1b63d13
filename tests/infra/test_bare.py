"""The deployment package with its dependencies, on the emulator's own API Gateway and Lambda.

Without the local stack's front door and seed, and with the functions' own roles: REST, connect, order, event.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from websockets.sync.client import connect

from infra.local.emulator import Emulator
from infra.local.environment import ACCOUNT, REGION, aws_environment, clean_environment
from infra.packaging import ROOT, Package
from tests.emulator import running_emulator
from tests.infra.bare_stage import PASSWORD, USERNAME
from tests.patience import SECONDS

# On the worker that builds the package.
pytestmark = pytest.mark.xdist_group("package")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="module")
def stage(built: Package, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The addresses of the deployed stage."""
    template = tmp_path_factory.mktemp("template") / "template.json"
    template.write_text(json.dumps(built.template))
    files = [str(path) for path in (template, built.code, built.static, built.layer) if path]
    done = subprocess.run(
        [sys.executable, "-m", "tests.infra.bare_stage", emulator.url, *files],
        cwd=ROOT,
        env={**clean_environment(os.environ), **aws_environment(emulator.url)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def received(socket: Any, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=SECONDS))
        if message["type"] == kind:
            return message


def test_sign_in_connect_order_and_receive_the_event(stage: dict[str, Any]) -> None:
    api = requests.Session()
    rest = stage["rest_url"]
    assert api.get(f"{rest}/v1/orders", timeout=SECONDS).status_code == 401
    signed_in = api.post(
        f"{rest}/v1/auth/login", json={"username": USERNAME, "password": PASSWORD}, timeout=SECONDS
    )
    assert signed_in.status_code == 200, signed_in.text
    token = signed_in.json()["access_token"]
    api.headers["Authorization"] = f"Bearer {token}"
    with connect(f"{stage['websocket_url']}?token={token}", open_timeout=SECONDS) as socket:
        assert "orders" in received(socket, "connected")["data"]["channels"]
        body = {
            "customer_name": "王小明",
            "customer_phone": "0912-345-678",
            "address": "臺北市和平東路1號",
            "items": [{"name": "20公斤瓦斯桶", "quantity": 1, "unit_price": "760"}],
        }
        ordered = api.post(f"{rest}/v1/orders", json=body, timeout=SECONDS)
        assert ordered.status_code == 201, ordered.text
        assert received(socket, "order_created")["data"]["id"] == ordered.json()["id"]
        socket.send(json.dumps({"type": "ping", "ref": 7}))
        assert received(socket, "pong")["ref"] == 7
    health = api.get(f"{rest}/v1/health", timeout=SECONDS).json()
    assert health["versions"]["python"].startswith("3.11.")


def test_a_client_without_a_token_is_refused(stage: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="HTTP 40"), connect(stage["websocket_url"], open_timeout=SECONDS):
        pass


def test_a_function_may_make_only_the_calls_of_its_policy(stage: dict[str, Any], emulator: Emulator) -> None:
    """The emulator enforces roles, without which the other tests of policies would prove nothing."""
    root = boto3.Session(ACCOUNT, "root", region_name=REGION)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{stage['resources']['RecordMetricsRole']}"
    sts = root.client("sts", endpoint_url=emulator.url)
    given = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    role = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=REGION
    ).client("dynamodb", endpoint_url=emulator.url)
    assert role.scan(TableName="luckygas-dev-connections")["Count"] >= 0
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:Scan"):
        role.scan(TableName="luckygas-dev-orders")
