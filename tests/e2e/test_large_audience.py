"""More listeners than one function tells: by asynchronous invocations of the deployed `fan_out`."""

import time
from typing import Any
from uuid import uuid4

import boto3

from chalicelib.realtime.chunks import MOST_POSTS
from infra.local.environment import REGION
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack


def test_a_large_audience_hears_of_an_order_through_fan_out(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    me = office.get("/v1/auth/me").json()
    with office.listen() as socket:
        _crowd(stack, me["tenant"]["id"])
        order = office.order()
        created = socket.until("order_created")
        assert created["data"]["id"] == order["id"]
        # The others are ghosts: each chunk finds its own gone, and forgets them.
        eventually(lambda: _chunks(stack) == (2, 1, MOST_POSTS), "both chunks in the log")


def _crowd(stack: LocalStack, tenant_id: str) -> None:
    """A thousand connections that have long gone."""
    key = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    resource = boto3.Session(region_name=REGION, **key).resource(
        "dynamodb", endpoint_url=stack.info["emulator_url"]
    )
    prefix = stack.environment["TABLE_PREFIX"]
    # Neither so young that they are waited for, nor so old that the sweep takes them.
    a_while_ago = int(time.time() - 60) * 1000
    connections, subscriptions = resource.Table(f"{prefix}connections"), resource.Table(f"{prefix}subscriptions")
    with connections.batch_writer() as rows, subscriptions.batch_writer() as watches:
        for _ in range(MOST_POSTS):
            connection_id = f"{uuid4()}="
            common = {
                "connection_id": connection_id,
                "format": "standard",
                "connected_at": a_while_ago,
                "expires_at": 2**31,
            }
            watches.put_item({**common, "channel_key": f"{tenant_id}#orders"})
            rows.put_item(
                {
                    **common,
                    "tenant_id": tenant_id,
                    "user_id": "u",
                    "session_id": "s",
                    "role": "office_staff",
                    "kind": "delivery",
                    "channels": {"orders"},
                    "last_seen_at": 2**31,
                    "next_message_at": 0,
                    "token_expires_at": 2**31,
                    "correlation_id": "c",
                }
            )


def _chunks(stack: LocalStack) -> tuple[int, int, int]:
    """How many chunks the functions logged, how many connections were told by them, how many were gone."""
    lines = stack.output.read_text().splitlines()
    found = [_fields(line) for line in lines if " chunk_done " in line]
    return len(found), sum(int(each["sent"]) for each in found), sum(int(each["gone"]) for each in found)


def _fields(line: str) -> dict[str, Any]:
    return dict(part.split("=", 1) for part in line.split() if "=" in part)
