"""A fake `@connections` endpoint, because moto's never answers 410 and cannot simulate failures."""

import asyncio
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web


class FakeGateway:
    """Records the posts to each connection; answers 200 by default.

    closed: the connections that were ended, in order; posts to them get 410.
    asked_for: the connections of GET requests, in order.
    answers: per connection id, the statuses of the next answers; the last one is repeated. 0 closes the link
    without an answer, also for a DELETE; -1 never answers.
    date: the `Date` of its answers. judge: returns a status for the headers of a request, to refuse it.
    """

    def __init__(self) -> None:
        self.posted: dict[str, list[Any]] = defaultdict(list)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, deque[int]] = {}
        self.closed: list[str] = []
        self.asked_for: list[str] = []
        self.date: datetime | None = None
        self.judge: Callable[[Mapping[str, str]], int | None] = lambda _: None
        self.url = ""
        self._transports: set[asyncio.BaseTransport] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, connection_id: str, *statuses: int) -> None:
        """The statuses of the next posts to this connection, in order."""
        self.answers[connection_id] = deque(statuses)

    def posts_to(self, connection_id: str) -> int:
        """How often the connection was posted to, whatever the answer."""
        path = f"/api/@connections/{quote(connection_id, safe='')}"
        return sum(raw_path == path for raw_path, _, _ in self.requests)

    def messages(self, connection_id: str) -> list[Any]:
        """The decoded messages that a connection received."""
        return list(self.posted[connection_id])

    def hang_up(self) -> None:
        """Cuts every open link, as a gateway does with idle ones."""

        async def cut() -> None:
            for transport in self._transports:
                transport.close()

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(cut(), self._loop).result()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["FakeGateway"]:
        """A gateway on a free port, in a thread of its own."""
        fake = cls()
        loop = fake._loop = asyncio.new_event_loop()
        started = threading.Event()

        async def serve() -> web.AppRunner:
            app = web.Application()
            app.router.add_post("/api/@connections/{connection_id}", fake._post)
            app.router.add_get("/api/@connections/{connection_id}", fake._show, allow_head=False)
            app.router.add_delete("/api/@connections/{connection_id}", fake._delete)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01, handler_cancellation=True)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0]
            fake.url = f"http://{host}:{port}/api"
            return runner

        def run() -> None:
            runner = loop.run_until_complete(serve())
            started.set()
            loop.run_forever()
            loop.run_until_complete(runner.cleanup())
            loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        started.wait()
        try:
            yield fake
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        connection_id = unquote(request.match_info["connection_id"])
        assert request.transport is not None
        self._transports.add(request.transport)
        body = await request.read()
        self.requests.append((request.raw_path, dict(request.headers), body))
        statuses = self.answers.get(connection_id)
        status = self.judge(request.headers) or (410 if connection_id in self.closed else 200)
        if statuses:
            status = statuses.popleft() if len(statuses) > 1 else statuses[0]
        if status == -1:
            await asyncio.Event().wait()
        if status == 0:
            request.transport.abort()
        if status == 200:
            self.posted[connection_id].append(json.loads(body))
        headers = {"Date": format_datetime(self.date, usegmt=True)} if self.date else {}
        return web.Response(status=status, headers=headers)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        connection_id = unquote(request.match_info["connection_id"])
        self.asked_for.append(connection_id)
        status = 410 if connection_id in self.closed else self.answers.get(connection_id, (200,))[0]
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        return web.json_response({"connectedAt": "", "lastActiveAt": "", "identity": {}}, status=status)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        connection_id = unquote(request.match_info["connection_id"])
        if self.answers.get(connection_id, (200,))[0] == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if connection_id in self.closed:
            return web.Response(status=410)
        self.closed.append(connection_id)
        return web.Response(status=204)
