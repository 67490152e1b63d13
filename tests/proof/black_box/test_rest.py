"""People repeat requests as docs/api.md says, against a server with prepared answers."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.proof.black_box.journal import Journal
from tests.proof.black_box.rest import Json, Person, Refused

LOST: tuple[int, Json] = (0, {})


class Hasty(random.Random):
    """People who do not pause."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


class Server:
    """Answers requests with these statuses and bodies, one after the other; LOST: closes the connection."""

    def __init__(self, *answers: tuple[int, Json]) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str | None]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.headers.get("Idempotency-Key")))
        status, body = self.answers.pop(0)
        if not status:
            assert request.transport is not None
            request.transport.close()
        return web.json_response(body, status=status or 200)


def act(server: Server, folder: Path, action: Callable[[Person], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", server.handle)
        async with TestServer(application) as running, ClientSession() as http:
            url = str(running.make_url("/")).rstrip("/")
            return await action(Person("clerk", http, url, Journal(folder).of("clerk"), Hasty(7), token="t"))

    return asyncio.run(run())


def kinds(folder: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in (folder / "clerk.jsonl").read_text().splitlines()]


def confirm(person: Person) -> Awaitable[Json]:
    async def read() -> Json:
        row: Json = await person.get("/v1/orders/1")
        return row

    return person.change(
        "POST",
        "/v1/orders/1/status",
        {"version": 1},
        read=read,
        done=lambda row: bool(row["status"] == "confirmed"),
    )


def test_a_new_order_is_repeated_under_its_key_until_it_is_answered(tmp_path: Path) -> None:
    server = Server((503, {}), LOST, (429, {}), (409, {"code": "busy"}), (201, {"id": "1"}))
    assert act(server, tmp_path, lambda person: person.create("/v1/orders", {})) == {"id": "1"}
    assert len(server.requests) == 5
    assert len(set(server.requests)) == 1
    assert kinds(tmp_path).count("no_answer") == 1


def test_a_lost_answer_to_a_change_is_found_by_reading(tmp_path: Path) -> None:
    server = Server(LOST, (200, {"id": "1", "version": 2, "status": "confirmed"}))
    act(server, tmp_path, confirm)
    assert [method for method, _ in server.requests] == ["POST", "GET"]
    assert kinds(tmp_path) == ["request", "no_answer", "found"]


def test_a_change_that_did_not_happen_is_repeated(tmp_path: Path) -> None:
    server = Server((504, {}), (200, {"id": "1", "version": 1, "status": "pending"}), (200, {"id": "1"}))
    act(server, tmp_path, confirm)
    assert [method for method, _ in server.requests] == ["POST", "GET", "POST"]


def test_a_change_that_another_person_overtook_is_not_repeated(tmp_path: Path) -> None:
    server = Server((504, {}), (200, {"id": "1", "version": 2, "status": "cancelled"}))
    with pytest.raises(Refused) as refused:
        act(server, tmp_path, confirm)
    assert refused.value.code == "stale_version"


def test_a_refused_request_is_not_repeated(tmp_path: Path) -> None:
    server = Server((409, {"code": "illegal_transition"}))
    with pytest.raises(Refused) as refused:
        act(server, tmp_path, confirm)
    assert (refused.value.code, len(server.requests)) == ("illegal_transition", 1)
