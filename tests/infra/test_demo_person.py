"""How people of the demo handle the server's answers: repeat, sign in again, or fail."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from infra.local.demo.person import DemoFailed, Person, Refused

LOGIN = {"username": "office@luckygas.example", "password": "p", "role": "office_staff"}

Answer = Callable[[web.Request, int], web.Response]


class Server:
    """Accepts one login. answer: called for all other requests with the number of earlier calls."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.sign_ins = 0
        self.asked: list[tuple[str, str]] = []

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/v1/auth/login", self._sign_in)
        application.router.add_route("*", "/{path:.*}", self._take)
        return application

    async def _sign_in(self, request: web.Request) -> web.Response:
        assert await request.json() == {"username": LOGIN["username"], "password": LOGIN["password"]}
        self.sign_ins += 1
        return web.json_response({"access_token": f"token {self.sign_ins}"})

    async def _take(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers["Authorization"], request.headers["Idempotency-Key"]))
        return self._answer(request, len(self.asked) - 1)


def ordered(answer: Answer) -> tuple[Server, Any]:
    """Signs a user in and posts an order; returns the server and the answer."""
    server = Server(answer)

    async def order() -> Any:
        async with TestServer(server.application()) as running, ClientSession() as http:
            person = await Person.signing_in(http, str(running.make_url("")).rstrip("/"), LOGIN)
            return await person.post("/v1/orders", {"items": []})

    return server, asyncio.run(order())


def test_trouble_is_tried_again_under_the_same_key() -> None:
    server, got = ordered(lambda _, before: web.json_response({"id": "o"}, status=201 if before else 503))
    assert got == {"id": "o"}
    (_, key), (_, same) = server.asked
    assert key == same


def test_a_person_whose_token_has_expired_signs_in_again_and_repeats() -> None:
    server, got = ordered(lambda _, before: web.json_response({"id": "o"}, status=201 if before else 401))
    assert got == {"id": "o"}
    assert server.sign_ins == 2
    (first, key), (second, same) = server.asked
    assert (first, second, key) == ("Bearer token 1", "Bearer token 2", same)


def test_a_refusal_is_not_repeated_and_has_its_reason() -> None:
    asked = []

    def refuse(_: web.Request, before: int) -> web.Response:
        asked.append(before)
        return web.json_response({"code": "sold_out"}, status=422, content_type="application/problem+json")

    with pytest.raises(Refused, match=r"POST /v1/orders was refused: .*sold_out") as refusal:
        ordered(refuse)
    assert (refusal.value.code, asked) == ("sold_out", [0])


def test_trouble_that_stays_ends_the_demo_with_one_line() -> None:
    line = "POST /v1/orders was answered with 502. The stack's log says why."
    with pytest.raises(DemoFailed) as failed:
        ordered(lambda _, before: web.Response(status=502, text="<html>"))
    assert str(failed.value) == line
