"""More listeners than one function tells: by asynchronous invocations of the deployed `fan_out`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3

from chalicelib.realtime.chunks import MOST_POSTS
from infra.local.environment import REGION
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack


def test_a_large_audience_hears_of_an_order_through_fan_out(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    with office.listen() as socket, _crowd(stack, f"{tenant_id}#orders"):
        order = office.order()
        created = socket.until("order_created")
        assert created["data"]["id"] == order["id"]
        eventually(lambda: _chunks(stack) == (2, 1, MOST_POSTS), "both chunks in the log")


@contextmanager
def _crowd(stack: LocalStack, channel_key: str) -> Iterator[None]:
    """A thousand more who watch, and have long gone."""
    key = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    dynamodb = boto3.Session(region_name=REGION, **key).resource(
        "dynamodb", endpoint_url=stack.info["emulator_url"]
    )
    table = dynamodb.Table(f"{stack.environment['TABLE_PREFIX']}subscriptions")
    keys = [{"channel_key": channel_key, "connection_id": f"{uuid4()}="} for _ in range(MOST_POSTS)]
    # Not so young that they are waited for.
    row = {"format": "standard", "connected_at": int(time.time() - 60) * 1000, "expires_at": 2**31}
    with table.batch_writer() as batch:
        for each in keys:
            batch.put_item({**each, **row})
    yield
    with table.batch_writer() as batch:
        for each in keys:
            batch.delete_item(each)


def _chunks(stack: LocalStack) -> tuple[int, int, int]:
    """How many chunks the functions logged, how many connections were told by them, how many were gone."""
    lines = stack.output.read_text().splitlines()
    found = [_fields(line) for line in lines if " chunk_done " in line]
    return len(found), sum(int(each["sent"]) for each in found), sum(int(each["gone"]) for each in found)


def _fields(line: str) -> dict[str, Any]:
    return dict(part.split("=", 1) for part in line.split() if "=" in part)
