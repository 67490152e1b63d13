"""Invocations of functions on the emulator."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.local.functions import _AT_ONCE, Functions, session

NAMES = {"APIHandler": "api", "Other": "other"}


class Emulator:
    """Its function `api` runs until `finish` is set. most: how many invocations of it ran at the same time."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.all_run = asyncio.Event()
        self.finish = asyncio.Event()

    async def invoke(self, request: web.Request) -> web.Response:
        if request.match_info["name"] == "api":
            self.running += 1
            self.most = max(self.most, self.running)
            if self.running == _AT_ONCE:
                self.all_run.set()
            await self.finish.wait()
            self.running -= 1
        return web.json_response({})


def test_an_invocation_whose_client_is_gone_still_counts_as_running() -> None:
    async def run() -> int:
        emulator, application = Emulator(), web.Application()
        application.router.add_post("/2015-03-31/functions/{name}/invocations", emulator.invoke)
        async with TestServer(application) as server, session() as client:
            functions = Functions(client, str(server.make_url("")).rstrip("/"), NAMES)
            gone = [asyncio.create_task(functions("APIHandler", {})) for _ in range(_AT_ONCE)]
            await emulator.all_run.wait()
            for task in gone:
                task.cancel()
            await asyncio.wait(gone)
            waiting = asyncio.create_task(functions("APIHandler", {}))
            # While these are answered, the emulator would also have received the one that waits.
            for _ in range(3):
                await functions("Other", {})
            emulator.finish.set()
            await waiting
            return emulator.most

    assert asyncio.run(run()) == _AT_ONCE
