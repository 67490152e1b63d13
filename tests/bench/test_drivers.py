"""A hundred drivers who post their positions every ten seconds, and a board that shows them, on a local stack."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import connect

from chalicelib.core.clock import from_wire, now, wire
from chalicelib.core.fields import Place
from infra.local.demo.ways import shifted
from tests.bench.report import Report
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_DRIVERS = 100
_EVERY = 10.0
_ROUNDS = 6
_ALONE = 50
_ALONE_EVERY = 0.2
# A message may take so many seconds longer to the board than the next one.
_JITTER = 0.1
_START = Place(25.0335, 121.5434)
_METRES_PER_SECOND = 7.0


@dataclass
class _Delays:
    """Seconds. posting: how long each post took. shown: by driver, when the board received each fix, and how much
    later than the phone. posted, latest: the last fix's time on the phone, and on the board."""

    taken: int = 0
    posted: str = ""
    latest: str = ""
    posting: list[float] = field(default_factory=list)
    shown: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


@pytest.mark.timeout(400)
def test_a_hundred_drivers_on_the_road(stack: LocalStack, report: Report) -> None:
    office = Client(stack, "office_staff")
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: _driver(stack), range(_DRIVERS)))
    alone, all_of_them = asyncio.run(_measure(stack, office, tokens))
    due = _DRIVERS * _ROUNDS
    shown = sum(map(len, all_of_them.shown.values()))
    what = f"{_DRIVERS} drivers, a position each every {_EVERY:g} s"
    report.at_least(
        f"{what}: shown on the board", f"{shown}", f"{all_of_them.taken} accepted, {due} due", shown / due, 1
    )
    [quick] = alone.shown.values()
    most = _most_within_a_second([at for at, _ in quick])
    report.at_most("one driver, five positions a second: most broadcasts within a second", f"{most}", "1", most, 1)
    among, by_itself = statistics.median(all_of_them.posting), statistics.median(alone.posting)
    report.at_most(
        f"{what}: a post",
        f"{among * 1000:.0f} ms",
        f"one driver alone {by_itself * 1000:.0f} ms",
        among / by_itself,
        3,
    )
    late = sorted(late for times in all_of_them.shown.values() for _, late in times)
    report.note(
        f"{what}: from the phone to the board",
        f"median {late[len(late) // 2] * 1000:.0f} ms, 95 % within {late[len(late) * 95 // 100] * 1000:.0f} ms",
    )
    assert shown == all_of_them.taken == due
    assert alone.taken == _ALONE
    assert alone.latest == alone.posted, "the last one is shown, too"


def _driver(stack: LocalStack) -> str:
    """The access token of a new driver."""
    admin = Client(stack, "admin")
    driver_id = admin.post("/v1/drivers", {"name": "bench"}).json()["id"]
    login = {"username": f"{uuid4()}@example.com", "password": "bench-password"}
    admin.post("/v1/users", {**login, "name": "bench", "role": "driver", "driver_id": driver_id})
    token: str = Client.signing_in(stack, login["username"], login["password"]).tokens["access_token"]
    return token


async def _measure(stack: LocalStack, office: Client, tokens: list[str]) -> tuple[_Delays, _Delays]:
    """One driver alone, then all of them."""
    url = stack.info["rest_url"] + "/v1/drivers/me/location"
    board = stack.info["websocket_url"] + "?token=" + office.tokens["access_token"]
    async with ClientSession() as http:

        async def post(token: str, place: Place, seen: _Delays) -> None:
            seen.posted = wire(now())
            fix = {"latitude": place.latitude, "longitude": place.longitude, "timestamp": seen.posted}
            began = time.perf_counter()
            async with http.post(url, json=fix, headers={"Authorization": f"Bearer {token}"}) as answer:
                taken = await answer.json()
            seen.posting.append(time.perf_counter() - began)
            seen.taken += taken["accepted"]

        first, *_ = tokens
        async with _listening(board) as alone:
            began = time.monotonic()
            for n in range(_ALONE):
                await asyncio.sleep(max(0.0, began + n * _ALONE_EVERY - time.monotonic()))
                await post(first, shifted(_START, n, 0), alone)
        async with _listening(board) as everybody:
            await asyncio.gather(*(_drive(n, token, everybody, post) for n, token in enumerate(tokens)))
    return alone, everybody


async def _drive(
    n: int, token: str, seen: _Delays, post: Callable[[str, Place, _Delays], Awaitable[None]]
) -> None:
    """Each begins at another moment, as phones do, and keeps to the clock."""
    began = time.monotonic() + _EVERY * n / _DRIVERS
    for k in range(_ROUNDS):
        await asyncio.sleep(max(0.0, began + k * _EVERY - time.monotonic()))
        await post(token, shifted(_START, _METRES_PER_SECOND * _EVERY * (k + 1), 20.0 * n), seen)


@asynccontextmanager
async def _listening(url: str) -> AsyncIterator[_Delays]:
    """The messages that a board receives inside, and afterwards until no more arrive for a while."""
    seen = _Delays()
    async with connect(url, open_timeout=30, max_size=None) as socket:

        async def receive() -> None:
            while True:
                _take(json.loads(await socket.recv()), seen)

        hearing = asyncio.create_task(receive())
        yield seen
        await asyncio.sleep(5)
        hearing.cancel()


def _take(message: dict[str, Any], seen: _Delays) -> None:
    if message["type"] == "driver_location":
        data = message["data"]
        seen.latest = data["timestamp"]
        late = (now() - from_wire(data["timestamp"])).total_seconds()
        seen.shown.setdefault(data["driver_id"], []).append((time.monotonic(), late))


def _most_within_a_second(times: list[float]) -> int:
    return max(sum(first <= other < first + 1 - _JITTER for other in times) for first in times)
