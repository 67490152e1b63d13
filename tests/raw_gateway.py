"""A gateway whose bytes the test decides, so that it may violate HTTP."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from ssl import SSLContext

Behaviour = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class RawGateway:
    """Reads requests, asks `behave` what to do about each; connections end when it raises.

    behave: gets a request's head, and where to write. served: how many requests were read.
    """

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self.served = 0
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @classmethod
    @contextmanager
    def running(cls, behave: Behaviour, tls: SSLContext | None = None) -> Iterator["RawGateway"]:
        """Runs on a free port, in its own thread."""
        raw = cls(behave)
        loop = raw._loop = asyncio.new_event_loop()
        started = threading.Event()

        def run() -> None:
            server = loop.run_until_complete(asyncio.start_server(raw._serve, "127.0.0.1", 0, ssl=tls))
            raw.port = server.sockets[0].getsockname()[1]
            started.set()
            loop.run_forever()
            server.close()
            loop.run_until_complete(raw._end())
            loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        started.wait()
        try:
            yield raw
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def call(self, callback: Callable[[], None]) -> None:
        """Runs the callback in the gateway's own thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(callback)

    async def _end(self) -> None:
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            # What a client that hangs up does to this end is no matter of the test's.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
                    await reader.readexactly(int(length.split(b" ")[1]))
                    self.served += 1
                    await self._behave(head, writer)
        finally:
            writer.transport.abort()
            self._clients.discard(task)
