"""Clients that reconnect at random while orders change, and a count of missed events."""

import asyncio
import contextlib
import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.e2e.client import Client, create_user, eventually
from tests.e2e.stack import LocalStack
from tests.patience import CLOCKED_SECONDS
from tests.realtime.client_model import ModelClient, Watched

STEPS = ("confirmed", "preparing", "ready", "served", "completed")
CHANNEL = "orders"
_PER_USER = 2


@dataclass
class Result:
    """lost, duplicated, out_of_order: over all clients. reconnects: how often a client reconnected.

    reloads: how often a client had missed too much (`recovered: false`) and loaded everything again.
    """

    changes: int
    clients: int
    reconnects: int = 0
    reloads: int = 0
    lost: int = 0
    duplicated: int = 0
    out_of_order: int = 0


def run(stack: LocalStack, *, clients: int, orders: int, seed: int) -> Result:
    """Moves `orders` restaurant orders through five steps each, while clients reconnect at random."""
    office = Client(stack, "office_staff", "table")
    tokens = _tokens(stack, clients)
    result = Result(changes=orders * len(STEPS), clients=clients)
    asyncio.run(_run(stack, office, tokens, orders, random.Random(seed), result))
    return result


def _tokens(stack: LocalStack, clients: int) -> list[str]:
    admin = Client(stack, "admin", "table")
    tokens = []
    for n in range(-(-clients // _PER_USER)):
        login = {"username": f"soak{n}@alley.example", "password": "soak-password"}
        create_user(admin, stack, login)
        tokens += [admin.post("/v1/auth/login", login).json()["access_token"]] * _PER_USER
    return tokens[:clients]


async def _run(
    stack: LocalStack, office: Client, tokens: list[str], orders: int, dice: random.Random, result: Result
) -> None:
    url = stack.info["websocket_url"] + "?format=standard&token="
    start = office.get("/v1/orders", limit=1).json()
    models = [ModelClient() for _ in tokens]
    for model in models:
        cursor = start["cursors"][CHANNEL]
        model.channels[CHANNEL] = Watched(cursor=cursor, base=cursor, epoch=start["epochs"][CHANNEL])
    done = asyncio.Event()
    listening = [
        asyncio.create_task(_come_and_go(url + token, model, done, random.Random(dice.random()), result))
        for token, model in zip(tokens, models, strict=True)
    ]
    with ThreadPoolExecutor(2) as pool:
        loop = asyncio.get_running_loop()
        moved = [loop.run_in_executor(pool, _move, office, n) for n in range(orders)]
        expected = {event_id for ids in await asyncio.gather(*moved) for event_id in ids}
    # The last changes may still be on their way through the stream; a client can only catch up with the log.
    last = start["cursors"][CHANNEL] + len(expected)
    await asyncio.to_thread(
        eventually, lambda: _cursor(office) >= last, "the last event in the log", patience=CLOCKED_SECONDS
    )
    done.set()
    await asyncio.wait_for(asyncio.gather(*listening), CLOCKED_SECONDS)
    for model in models:
        _judge(model.channels[CHANNEL], last, expected, result)


def _cursor(office: Client) -> int:
    cursor: int = office.get("/v1/orders", limit=1).json()["cursors"][CHANNEL]
    return cursor


def _move(office: Client, n: int) -> list[str]:
    """Takes one order all its way; the ids of the events that this must make."""
    order = office.order(table_number=f"S{n}")
    ids = [f"{order['id']}-1"]
    for status in STEPS:
        answer = office.step(order["id"], status)
        assert answer.status_code == 200, answer.text
        ids.append(f"{order['id']}-{answer.json()['version']}")
    return ids


async def _come_and_go(
    url: str, model: ModelClient, done: asyncio.Event, dice: random.Random, result: Result
) -> None:
    """Listens, disconnects without a message and reconnects; at the end it catches up once more."""
    last = False
    while not last:
        last = done.is_set()
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            async with connect(url) as socket:
                await _catch_up(socket, model, result)
                if not last:
                    async with asyncio.timeout(dice.uniform(1, 10)):
                        while True:
                            _take(await socket.recv(), model)
                continue
        result.reconnects += 1
        # A client that could not catch up tries again.
        last = False


async def _catch_up(socket: ClientConnection, model: ModelClient, result: Result) -> None:
    watched = model.channels[CHANNEL]
    recovered = False
    while not recovered:
        await socket.send(
            json.dumps({"type": "subscribe", "channel": CHANNEL, "since": watched.cursor, "epoch": watched.epoch})
        )
        async with asyncio.timeout(20):
            while (answer := _take(await socket.recv(), model))["type"] != "subscribed":
                pass
        recovered = answer["recovered"]
        result.reloads += not recovered


def _take(raw: str | bytes, model: ModelClient) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(raw)
    if message["type"] == "subscribed":
        model.subscribed(message)
    elif "cursors" in message and "id" in message:
        model.take(message)
    return message


def _judge(watched: Watched, last: int, expected: set[str], result: Result) -> None:
    """A client must have received each number since its start once, and only events of this run."""
    got = watched.got
    result.lost += (last - watched.base) - len(expected.intersection(got))
    result.duplicated += len(got) - len(set(got))
    newest: dict[str, int] = {}
    for event_id in got:
        order_id, _, version = event_id.rpartition("-")
        result.out_of_order += int(version) <= newest.get(order_id, 0)
        newest[order_id] = int(version)
