"""The time until the last of 100 and of 1,000 clients receives a status change, on a local stack.

Compared with the classic design with the same clients, and with boto3 posting to the same connections one by one.
"""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import boto3
import pytest
import requests
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.limits import lift_limits
from tests.bench.peer import peer
from tests.bench.report import Report
from tests.e2e.client import Client, create_user
from tests.e2e.stack import LocalStack

_PER_USER = 5
# A business makes 30 users at once, and a network signs in so many times a minute.
_USERS_AT_ONCE = 20
_ROUNDS = 10
# Changes are minutes apart, so the work of the previous one is done.
_PAUSE_SECONDS = 0.5
_BY_BOTO3 = 3
_CONNECTING_AT_ONCE = 20

Sockets = list[ClientConnection]


@pytest.mark.parametrize("clients", [100, 1_000])
def test_status_change_to_the_last_client(stack: LocalStack, report: Report, clients: int) -> None:
    office = Client(stack, "office_staff")
    urls = [f"{stack.info['websocket_url']}?token={token}" for token in _tokens(stack, clients)]
    ours, by_boto3 = asyncio.run(_ours(stack, office, urls))
    with peer() as address:
        theirs = asyncio.run(_theirs(address, clients))
    what = f"status change → last of {clients:,} clients"
    wanted = (3.0, 0.2) if clients == 1_000 else (None, None)
    for reference, name, most in (
        (theirs, "FastAPI and Redis", wanted[0]),
        (by_boto3, "boto3 one by one", wanted[1]),
    ):
        ratio = statistics.median(ours) / statistics.median(reference)
        if most is None:
            report.note(what, _ms(ours), f"{name} {_ms(reference)}", ratio)
        else:
            report.at_most(what, _ms(ours), f"{name} {_ms(reference)}", ratio, most)


def _tokens(stack: LocalStack, clients: int) -> list[str]:
    """A token for each connection; no user has more than five connections."""
    admin = Client(stack, "admin")
    tokens = []
    for n in range(clients // _PER_USER):
        if n % _USERS_AT_ONCE == 0:
            lift_limits(stack)
        login = {"username": f"bench{clients}-{n}@luckygas.example", "password": "bench-password"}
        create_user(admin, stack, login)
        tokens += [admin.post("/v1/auth/login", login).json()["access_token"]] * _PER_USER
    return tokens


async def _ours(stack: LocalStack, office: Client, urls: list[str]) -> tuple[list[float], list[float]]:
    """Seconds per round: through the stream and our fan-out; and by boto3 to the same connections."""
    sockets, ids = await _connected(urls)
    post = _boto3_to(stack, ids)

    async def new_order() -> str:
        order = await asyncio.to_thread(office.order)
        await asyncio.gather(*(_until(socket, "order_created") for socket in sockets))
        await asyncio.sleep(_PAUSE_SECONDS)
        order_id: str = order["id"]
        return order_id

    async with _closing(sockets):
        ours = [await _last(sockets, partial(office.step, await new_order(), "confirmed")) for _ in range(_ROUNDS)]
        theirs = [await _last(sockets, post) for _ in range(_BY_BOTO3)]
    return ours, theirs


async def _theirs(address: str, clients: int) -> list[float]:
    sockets, _ = await _connected([f"ws://{address}/ws"] * clients)
    url = f"http://{address}/orders/o-1/status"
    step = partial(requests.post, url, json={"status": "confirmed"}, timeout=10)
    seconds = []
    async with _closing(sockets):
        for _ in range(_ROUNDS):
            await asyncio.sleep(_PAUSE_SECONDS)
            seconds.append(await _last(sockets, step))
    return seconds


async def _connected(urls: list[str]) -> tuple[Sockets, list[str]]:
    """Sockets that have received their welcome, and the server's ids of their connections."""
    turns = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def one(url: str) -> tuple[ClientConnection, str]:
        async with turns:
            socket = await connect(url, ping_interval=None)
            welcome = await _until(socket, "connected")
            return socket, welcome.get("data", {}).get("connection_id", "")

    found = await asyncio.gather(*(one(url) for url in urls))
    return [socket for socket, _ in found], [connection_id for _, connection_id in found]


@asynccontextmanager
async def _closing(sockets: Sockets) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))


async def _last(sockets: Sockets, change: Callable[[], Any]) -> float:
    """Seconds from the beginning of `change` until all have received it."""

    async def received(socket: ClientConnection) -> float:
        await _until(socket, "order_status_changed")
        return time.perf_counter()

    hearing = [asyncio.create_task(received(socket)) for socket in sockets]
    await asyncio.sleep(0)
    started = time.perf_counter()
    await asyncio.to_thread(change)
    return max(await asyncio.gather(*hearing)) - started


async def _until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 60))
        if message["type"] == kind:
            return message


def _boto3_to(stack: LocalStack, connection_ids: list[str]) -> Callable[[], None]:
    """Posts a status change to the connections through boto3's client, one after the other."""
    client: Any = boto3.Session("id", "key", region_name="ap-northeast-1").client(
        "apigatewaymanagementapi", endpoint_url=stack.environment["WS_ENDPOINT"]
    )
    event = {
        "type": "order_status_changed",
        "data": {"order_id": "o-1", "status": "confirmed", "previous_status": "pending"},
        "cursors": {"orders": 1},
    }

    def post() -> None:
        for each in connection_ids:
            client.post_to_connection(ConnectionId=each, Data=json.dumps(event).encode())

    return post


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"
