"""The live view of the logs, with an emulator that fails, closes connections and is slow."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.logs import LogTail, follow

TEXTS = "/aws/lambda/luckygas-local-SendSms-1A2B3C4D5E6F"
ORDERS = "/aws/lambda/luckygas-local-OrdersStream-1A2B3C4D5E6F"


class FakeLogs:
    """The emulator's CloudWatch Logs. `stored` is log group → lines, each in a stream of its own; `trouble` is met
    when a poll begins."""

    def __init__(self, trouble: Callable[[int, web.Request], Awaitable[None]] | None = None) -> None:
        self.stored: dict[str, list[tuple[int, str]]] = {}
        self.polls = 0
        self._trouble = trouble

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers["X-Amz-Target"].endswith("DescribeLogGroups"):
            self.polls += 1
            if self._trouble:
                await self._trouble(self.polls, request)
            return web.json_response({"logGroups": [{"logGroupName": group} for group in self.stored]})
        asked: dict[str, Any] = await request.json()
        group, since = asked["logGroupName"], asked["startTime"]
        lines = enumerate(self.stored[group])
        events = [
            {"logStreamName": f"{group} {number}", "timestamp": at, "message": text}
            for number, (at, text) in lines
            if at >= since
        ]
        return web.json_response({"events": events})

    def serve(self) -> TestServer:
        application = web.Application()
        application.router.add_post("/", self.answer)
        return TestServer(application)


def test_the_view_outlives_an_emulator_that_stumbles_or_hangs_up_and_ends_with_it() -> None:
    """Polls: a line, a stumble, a connection cut, the next line; then the emulator is gone."""

    async def trouble(poll: int, request: web.Request) -> None:
        logs.stored = {TEXTS: [(1, "first"), (2, "next")][: 1 if poll < 4 else 2]}
        if poll == 2:
            raise web.HTTPInternalServerError
        if poll == 3:
            assert request.transport is not None
            request.transport.close()

    logs = FakeLogs(trouble)

    async def scenario() -> None:
        async with logs.serve() as server, aiohttp.ClientSession() as session:
            seen = []
            async for line in follow(LogTail(session, str(server.make_url("/")))):
                seen.append((line.function, line.text))
                if len(seen) == 2:
                    await server.close()
        assert seen == [("SendSms", "first"), ("SendSms", "next")]
        assert logs.polls == 4

    asyncio.run(scenario())


def test_a_line_stored_while_the_emulator_was_slow_is_not_passed_over() -> None:
    """The answer for one function was made before its line, that for another seconds later, with a later line."""

    async def scenario() -> None:
        logs = FakeLogs()
        logs.stored = {TEXTS: [], ORDERS: [(60_000, "much later")]}
        async with logs.serve() as server, aiohttp.ClientSession() as session:
            tail = LogTail(session, str(server.make_url("/")))
            assert [line.text for line in await tail.new_lines()] == ["much later"]
            logs.stored[TEXTS].append((50_000, "stored meanwhile"))
            assert [line.text for line in await tail.new_lines()] == ["stored meanwhile"]
            assert await tail.new_lines() == []

    asyncio.run(scenario())
