"""An audience without a database: `deliver` with fake answers of DynamoDB and Lambda.

`python -m tests.bench.audience COUNT SINK_URL` sends one event to so many and prints its peak memory in MB.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from chalicelib.core import aws
from chalicelib.realtime import broadcast
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.poster import Poster
from chalicelib.realtime.signer import Credentials

# The most rows of about 180 bytes on a page of a query.
_PAGE = 5_500

EVENT = Stamped(
    Event(
        id="01KAN0R8T0V2X4Z6B8D0F2H4K6-2",
        type="changed",
        tenant_id="t",
        channels=("orders",),
        data={"order_id": "01KAN0R8T0V2X4Z6B8D0F2H4K6", "filler": "x" * 450},
        timestamp="2026-11-22T04:00:00.000Z",
    ),
    {"orders": 2},
)


def publish(gateway: Poster) -> None:
    """Publishes one event to all watchers."""
    failures: dict[str, list[Exception]] = {}
    broadcast.deliver_all({"t": [EVENT]}, gateway=gateway, failures=failures)
    assert failures == {}


def gateway_to(url: str) -> Poster:
    """Our gateway, posting to a sink."""
    return Poster(
        url,
        "ap-northeast-1",
        credentials=lambda: Credentials("id", "key", "session"),
        now=lambda: datetime.now(UTC),
    )


@contextmanager
def audience(count: int, invoke: Callable[[str], None], *, query_seconds: float = 0) -> Iterator[None]:
    """So many watch everything.

    invoke: takes a chunk's text in Lambda's place. query_seconds: how long DynamoDB takes to answer.
    """

    def query(params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        time.sleep(query_seconds)
        asked = json.loads(params["body"])
        start = int(asked["ExclusiveStartKey"]["connection_id"]["S"]) if "ExclusiveStartKey" in asked else 0
        end = min(start + _PAGE, count)
        rows = [_row(n) for n in range(start, end)]
        answer: dict[str, Any] = {
            "Items": rows,
            "Count": len(rows),
            "ScannedCount": len(rows),
            "ResponseMetadata": {},
        }
        if end < count:
            answer["LastEvaluatedKey"] = {"channel_key": {"S": "t#orders"}, "connection_id": {"S": str(end)}}
        return SimpleNamespace(status_code=200), answer

    def run(params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        invoke(json.loads(params["body"])["chunk"])
        return SimpleNamespace(status_code=202), {"StatusCode": 202, "ResponseMetadata": {}}

    answers = (("dynamodb", "Query", query), ("lambda", "Invoke", run))
    for service, operation, answer in answers:
        aws.client(service).meta.events.register(f"before-call.{service}.{operation}", answer)
    try:
        yield
    finally:
        for service, operation, answer in answers:
            aws.client(service).meta.events.unregister(f"before-call.{service}.{operation}", answer)


def _row(n: int) -> Mapping[str, Any]:
    return {
        "channel_key": {"S": "t#orders"},
        "connection_id": {"S": f"L0SM9cOFvHcCI{n:06}="},
        "format": {"S": "standard"},
        "connected_at": {"N": "1795000000000"},
        "expires_at": {"N": "1795007200"},
    }


def _peak(count: int, url: str) -> float:
    import chalicelib.consumers.orders  # noqa: F401 — what the function has imported

    gateway = gateway_to(url)
    with audience(count, lambda _: None):
        publish(gateway)
    gateway.close()
    # ru_maxrss would include the memory of the process before it became this program.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    print(_peak(int(sys.argv[1]), sys.argv[2]))
