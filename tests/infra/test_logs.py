"""The live view of the logs, against an emulator that stumbles."""

import asyncio
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.logs import LogTail, follow

GROUP = "/aws/lambda/luckygas-local-SendSms-1A2B3C4D5E6F"


def test_the_view_outlives_an_emulator_that_stumbles_and_ends_with_it() -> None:
    """Polls: a line, a stumble, the next line; then the emulator is gone."""
    polls = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal polls
        if request.headers["X-Amz-Target"].endswith("DescribeLogGroups"):
            polls += 1
            if polls == 2:
                raise web.HTTPInternalServerError
            return web.json_response({"logGroups": [{"logGroupName": GROUP}]})
        event: dict[str, Any] = {
            "logStreamName": f"stream {polls}",
            "timestamp": polls,
            "message": f"line {polls}",
        }
        return web.json_response({"events": [event]})

    async def scenario() -> None:
        emulator = web.Application()
        emulator.router.add_post("/", answer)
        async with TestServer(emulator) as server, aiohttp.ClientSession() as session:
            seen = []
            async for line in follow(LogTail(session, str(server.make_url("/")))):
                seen.append((line.function, line.text))
                if len(seen) == 2:
                    await server.close()
        assert seen == [("SendSms", "line 1"), ("SendSms", "line 3")]

    asyncio.run(scenario())
