"""A TCP proxy between the clients and the stack, which cuts connections."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.local.ports import HOST, number_of, reserved

_CHUNK = 64 * 1024
# How long the stack sees a muted connection as open.
_MUTED_SECONDS = 20.0


class Cutter:
    """Forwards bytes to a port of this machine. Its methods must be called in its event loop."""

    def __init__(self, port: int, dice: random.Random) -> None:
        self._port = port
        self._dice = dice
        self._open: dict[asyncio.StreamWriter, asyncio.StreamWriter] = {}
        self._muted: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serves the proxy; its port."""
        reservation = reserved({}, "")
        server = await asyncio.start_server(self._connected, sock=reservation)
        try:
            yield number_of(reservation)
        finally:
            server.close()
            for client, stack in self._open.items():
                client.transport.abort()
                stack.transport.abort()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, share: float) -> None:
        """Resets a share of the connections, at both ends."""
        for client, stack in self._some(share):
            client.transport.abort()
            stack.transport.abort()
            self.counts["connections cut"] += 1

    def mute(self, share: float) -> None:
        """Resets a share of the connections for the client only: the stack's posts succeed and reach no client."""
        for client, stack in self._some(share):
            self._muted.add(client)
            client.transport.abort()
            asyncio.get_running_loop().call_later(_MUTED_SECONDS, stack.transport.abort)
            self.counts["connections muted"] += 1

    def _some(self, share: float) -> list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]]:
        return [each for each in self._open.items() if self._dice.random() < share]

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            from_stack, stack = await asyncio.open_connection(HOST, self._port)
        except OSError:
            client.transport.abort()
            return
        self._open[client] = stack
        to_stack = asyncio.create_task(self._upstream(reader, client, stack))
        try:
            with contextlib.suppress(OSError):
                await _copy(from_stack, client)
        finally:
            self._open.pop(client, None)
            self._muted.discard(client)
            to_stack.cancel()
            await asyncio.gather(to_stack, return_exceptions=True)
            client.close()
            stack.close()

    async def _upstream(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, stack: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            await _copy(reader, stack)
        if client not in self._muted:
            stack.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Forwards until the source ends; what a closed sink cannot receive is lost."""
    while data := await source.read(_CHUNK):
        if not sink.is_closing():
            sink.write(data)
            with contextlib.suppress(OSError):
                await sink.drain()
