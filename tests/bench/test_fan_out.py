"""How long until the last of 100 clients knows of a status change, on a local stack."""

import asyncio
import json
import statistics
import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_CLIENTS = 100
_PER_USER = 5
_ROUNDS = 30
# Changes come minutes apart, not on the heels of each other: what the one before left to do is done by then.
_PAUSE_SECONDS = 0.3


def test_status_change_to_the_last_of_100_clients(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    tokens = _tokens(stack)
    fan_out, reference = asyncio.run(_measure(stack, office, tokens))
    ratio = statistics.median(fan_out) / statistics.median(reference)
    print(
        f"\nstatus change → last of {_CLIENTS} clients: median {_ms(fan_out)} ms, "
        f"90 % {sorted(fan_out)[int(len(fan_out) * 0.9)] * 1000:.0f} ms; "
        f"the same call with nobody listening: median {_ms(reference)} ms; ratio {ratio:.1f}"
    )


def _tokens(stack: LocalStack) -> list[str]:
    """Access tokens of as many users as it takes, none with more than five connections."""
    admin = Client(stack, "admin")
    tokens = []
    for n in range(_CLIENTS // _PER_USER):
        login = {"username": f"bench{n}@luckygas.example", "password": "bench-password"}
        admin.post("/v1/users", {**login, "name": "bench", "role": "office_staff"})
        tokens.append(admin.post("/v1/auth/login", login).json()["access_token"])
    return tokens


async def _measure(stack: LocalStack, office: Client, tokens: list[str]) -> tuple[list[float], list[float]]:
    reference = [await asyncio.to_thread(_change, office) for _ in range(_ROUNDS)]
    url = stack.info["websocket_url"]
    sockets = [await connect(f"{url}?token={token}").__aenter__() for token in tokens for _ in range(_PER_USER)]
    try:
        await asyncio.gather(*(_until(socket, "connected") for socket in sockets))
        fan_out = []
        for _ in range(_ROUNDS):
            order = await asyncio.to_thread(office.order)
            await asyncio.gather(*(_until(socket, "order_created") for socket in sockets))
            await asyncio.sleep(_PAUSE_SECONDS)
            heard = [asyncio.create_task(_until(socket, "order_status_changed")) for socket in sockets]
            started = time.perf_counter()
            await asyncio.to_thread(office.step, order["id"], "confirmed")
            fan_out.append(max(await asyncio.gather(*heard)) - started)
        return fan_out, reference
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))


def _change(office: Client) -> float:
    """Seconds that a status change takes its caller."""
    order = office.order()
    time.sleep(_PAUSE_SECONDS)
    started = time.perf_counter()
    assert office.step(order["id"], "confirmed").status_code == 200
    return time.perf_counter() - started


async def _until(socket: ClientConnection, kind: str) -> float:
    """When the next message of a type was there."""
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 20))
        if message["type"] == kind:
            return time.perf_counter()


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f}"
