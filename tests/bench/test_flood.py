"""What one client that floods costs another business: its orders' way to its screens, with and without the flood.

The flood is bounded, and all of it is refused sooner or later: messages on a socket that opens again and again,
sign-ins under made-up names, new guests of a table, and their orders. It runs on the machine that also runs the
stack, so its own work is part of what is measured. The emulator starts a process for each request at the same time
as another, half a second of CPU each; those are started before, because on AWS no other business notices them.
Quiet seconds and seconds with the flood take turns: the emulator becomes slower with what it has stored.
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import requests
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.bench.report import Report
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_STEPS: Final = 60
_SLICES: Final = 8
_STEPS_OF_A_SLICE: Final = 15
_PERCENTILE: Final = 0.95
_MOST: Final = 1.5
# A socket that is closed for its flood may be opened again a few times.
_REFUSED: Final = 3
# Three kinds of requests and the office's; the local stack runs no more of a function at the same time.
_AT_ONCE: Final = 4
# Per second.
_MESSAGES, _SIGN_INS, _GUESTS, _ORDERS = 40, 4, 4, 4


def test_a_flood_of_one_business_does_not_slow_another(stack: LocalStack, report: Report) -> None:
    office, restaurant = Client(stack, "office_staff"), Client(stack, "admin", kind="table")
    _start_processes(restaurant)
    before = _p95(_steps(office, _STEPS))
    with _flooding(stack, restaurant) as flood:
        allowed = []
        while flood.seen["connect refused"] < _REFUSED:
            allowed.append(_p95(_steps(office, _STEPS)))
        quiet, flooded = [], []
        for _ in range(_SLICES):
            flood.is_on.clear()
            quiet += _steps(office, _STEPS_OF_A_SLICE)
            flood.is_on.set()
            flooded += _steps(office, _STEPS_OF_A_SLICE)
    sent = ", ".join(f"{count} × {what}" for what, count in sorted(flood.seen.items()))
    report.note(
        "p95 of a status change → screen in the first half minute of a flood, until its limits are reached",
        f"{max(allowed) * 1000:.0f} ms; before the flood {before * 1000:.0f} ms",
        ratio=max(allowed) / before,
    )
    report.at_most(
        "p95 of a status change → screen, while a client that has reached its limits floods another business",
        f"{_p95(flooded) * 1000:.0f} ms ({sent})",
        f"without the flood {_p95(quiet) * 1000:.0f} ms",
        _p95(flooded) / _p95(quiet),
        _MOST,
    )
    assert flood.seen["429"], "no request of the flood was refused"


def _start_processes(restaurant: Client) -> None:
    """The concurrent functions that the flood and the office need, for requests and messages."""
    with ThreadPoolExecutor(_AT_ONCE) as pool, restaurant.listen() as socket:
        for _ in range(_AT_ONCE):
            pool.submit(restaurant.get, "/v1/tables")
            socket.send({"type": "ping"})
        for _ in range(_AT_ONCE):
            socket.until("pong")


def _steps(office: Client, count: int) -> list[float]:
    """Seconds from a request for a step until its event is on the screen."""
    seconds = []
    with office.listen() as screen:
        for _ in range(count):
            order_id = office.order()["id"]
            screen.until("order_created")
            began = time.perf_counter()
            assert office.step(order_id, "confirmed").status_code == 200
            screen.until("order_status_changed", order_id=order_id)
            seconds.append(time.perf_counter() - began)
    return seconds


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * _PERCENTILE)]


class _Flood:
    """seen: counts of the server's answers. is_on: unset while the flood pauses."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.is_on, self.stop = threading.Event(), threading.Event()
        self.is_on.set()


@contextmanager
def _flooding(stack: LocalStack, restaurant: Client) -> Iterator[_Flood]:
    """Runs in a thread until the block ends."""
    flood = _Flood()
    table = restaurant.get("/v1/tables").json()["items"][0]
    qr = restaurant.get(f"/v1/tables/{table['id']}/qr").json()["qr"]
    rest, guest = stack.info["rest_url"], requests.Session()

    def ask(path: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
        answer = guest.post(rest + path, json=body, headers=headers, timeout=30)
        flood.seen[str(answer.status_code)] += 1
        return answer

    first = ask("/v1/guests/table", {"qr": qr}).json()
    as_guest = {"Authorization": f"Bearer {first['access_token']}"}
    dish = restaurant.get("/v1/products").json()["items"][0]
    order = {"items": [{"menu_item_id": dish["id"], "quantity": 1}]}
    repeated = (
        (_SIGN_INS, lambda: ask("/v1/auth/login", {"username": f"{uuid4()}@example.com", "password": "guess"})),
        (_GUESTS, lambda: ask("/v1/guests/table", {"qr": qr})),
        (_ORDERS, lambda: ask("/v1/orders", order, as_guest)),
    )

    async def run() -> None:
        url = f"{stack.info['websocket_url']}?token={restaurant.tokens['access_token']}"
        tasks = [_messages(url, flood), *(_repeat(each, call, flood) for each, call in repeated)]
        await asyncio.gather(*tasks)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        yield flood
    finally:
        flood.stop.set()
        thread.join()


def _repeat(per_second: int, call: Callable[[], Any], flood: _Flood) -> Coroutine[Any, Any, None]:
    async def go_on() -> None:
        while not flood.stop.is_set():
            if flood.is_on.is_set():
                await asyncio.to_thread(call)
            await asyncio.sleep(1 / per_second)

    return go_on()


async def _messages(url: str, flood: _Flood) -> None:
    message = json.dumps({"type": "order_update", "order_id": "none", "status": "confirmed"})
    while not flood.stop.is_set():
        try:
            async with connect(url, ping_interval=None) as socket:
                while not flood.stop.is_set():
                    if flood.is_on.is_set():
                        await socket.send(message)
                        flood.seen["message"] += 1
                    await asyncio.sleep(1 / _MESSAGES)
            return
        except (WebSocketException, OSError) as error:
            flood.seen["connect refused" if "HTTP" in str(error) else "socket closed"] += 1
            await asyncio.sleep(0.5)
