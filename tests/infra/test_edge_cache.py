"""The front door stores files as the edge does: for as long as their `Cache-Control` says, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.test_utils import TestClient, make_mocked_request
from aiohttp.web import Response

from infra.local.edge_cache import EdgeCache
from infra.local.functions import Event
from tests.infra.gateway import FakeFunctions, front_door

FILE = "/api/static/d1/console/start.js"
FOREVER = "public, max-age=31536000, immutable"


def answering(control: str, status: int = 200) -> FakeFunctions:
    """An API whose answers are numbered."""
    count = 0

    def answer(_: Event) -> dict[str, Any]:
        nonlocal count
        count += 1
        return {"statusCode": status, "headers": {"Cache-Control": control}, "body": str(count)}

    return FakeFunctions(APIHandler=answer)


def bodies(functions: FakeFunctions, ask: Callable[[TestClient[Any, Any]], Awaitable[list[str]]]) -> list[str]:
    async def scenario() -> list[str]:
        paths = {"/static/{version}/{folder}/{path}": ["get"], "/v1/health": ["get"]}
        async with front_door(functions, paths=paths) as client:
            return await ask(client)

    return asyncio.run(scenario())


def twice(path: str, **headers: str) -> Callable[[TestClient[Any, Any]], Awaitable[list[str]]]:
    async def ask(client: TestClient[Any, Any]) -> list[str]:
        return [await (await client.get(path, headers=headers)).text() for _ in range(2)]

    return ask


def test_a_file_under_its_digest_is_asked_for_once() -> None:
    assert bodies(answering(FOREVER), twice(FILE)) == ["1", "1"]


def test_answers_that_must_not_be_stored_are_asked_for_each_time() -> None:
    for control in ("public, no-cache", "no-store", "private, max-age=60", ""):
        assert bodies(answering(control), twice(FILE)) == ["1", "2"], control


def test_refusals_are_asked_for_each_time() -> None:
    assert bodies(answering(FOREVER, 404), twice(FILE)) == ["1", "2"]


def test_only_the_rows_that_say_so_are_stored() -> None:
    assert bodies(answering(FOREVER), twice("/api/v1/health")) == ["1", "2"]


def test_a_client_that_has_a_version_or_a_token_is_answered_by_the_function() -> None:
    for name in ("If-None-Match", "Authorization", "Range"):
        assert bodies(answering(FOREVER), twice(FILE, **{name: "x"})) == ["1", "2"], name


def test_other_codings_are_other_answers() -> None:
    async def ask(client: TestClient[Any, Any]) -> list[str]:
        asked = [await client.get(FILE, headers={"Accept-Encoding": each}) for each in ("gzip", "br", "gzip")]
        return [await each.text() for each in asked]

    assert bodies(answering(FOREVER), ask) == ["1", "2", "1"]


def test_an_answer_is_used_until_its_age_and_not_after_a_deployment() -> None:
    now = [0.0]
    cache = EdgeCache(lambda: now[0])
    request = make_mocked_request("GET", FILE)
    cache.store(request, Response(text="x", headers={"Cache-Control": "max-age=60"}))
    now[0] = 59.0
    assert cache.find(request) is not None
    now[0] = 60.0
    assert cache.find(request) is None
    now[0] = 0.0
    cache.clear()
    assert cache.find(request) is None
