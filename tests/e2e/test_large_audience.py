"""More subscribers than one function can post to: asynchronous invocations of the deployed `fan_out`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import boto3

from chalicelib.realtime.chunks import MOST_POSTS
from infra.local.environment import ACCOUNT, REGION
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack


def test_a_large_audience_receives_an_orders_event_through_fan_out(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    with office.listen() as socket, _crowd(stack, f"{tenant_id}#orders"):
        # Earlier tests have chunks as well, of slow connections and of stored messages.
        before = len(_chunks(stack))
        order = office.order()
        created = socket.until("order_created")
        assert created["data"]["id"] == order["id"]
        chunks = eventually(lambda: len(found := _chunks(stack)[before:]) == 2 and found, "both chunks in the log")
    # Connections that other tests left behind may be among the gone.
    assert sum(int(each["gone"]) for each in chunks) >= MOST_POSTS
    assert sum(int(each["sent"]) for each in chunks) == 1


@contextmanager
def _crowd(stack: LocalStack, channel_key: str) -> Iterator[None]:
    """A thousand more watchers whose clients have left."""
    root = boto3.Session(ACCOUNT, "local", region_name=REGION)
    dynamodb = root.resource("dynamodb", endpoint_url=stack.info["emulator_url"])
    table = dynamodb.Table(f"{stack.environment['TABLE_PREFIX']}subscriptions")
    keys = [{"channel_key": channel_key, "connection_id": f"{uuid4()}="} for _ in range(MOST_POSTS)]
    # Not so young that they are waited for.
    row = {"format": "standard", "connected_at": int(time.time() - 60) * 1000, "expires_at": 2**31}
    with table.batch_writer() as batch:
        for each in keys:
            batch.put_item({**each, **row})
    try:
        yield
    finally:
        with table.batch_writer() as batch:
            for each in keys:
                batch.delete_item(each)


def _chunks(stack: LocalStack) -> list[dict[str, str]]:
    """The functions' log lines about chunks."""
    lines = [line for line in stack.output.read_text().splitlines() if " chunk_done " in line]
    return [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]
