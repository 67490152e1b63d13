"""The two proxies of a stack, in an event loop of their own thread."""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Self

from infra.local.ports import HOST, free_port
from tests.proof.black_box.cutter import Cutter
from tests.proof.black_box.proxy import Proxy


class Network:
    """proxy: between the functions and AWS, at `functions_url`. cutter: between clients and stack, at
    `clients_port`. port, emulator_port: where the stack must listen.
    """

    def __init__(self, dice: random.Random) -> None:
        self.port, self.emulator_port = free_port(), free_port()
        emulator = f"http://{HOST}:{self.emulator_port}"
        targets = {"dynamodb": emulator, "sqs": emulator, "gateway": f"http://{HOST}:{self.port}"}
        self.proxy = Proxy(targets, dice)
        self.cutter = Cutter(self.port, dice)
        self.functions_url = ""
        self.clients_port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._cleanup = AsyncExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._cleanup.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Calls a method of a proxy in the event loop."""
        self._loop.call_soon_threadsafe(function, *arguments)

    async def _start(self) -> None:
        self.functions_url = await self._cleanup.enter_async_context(self.proxy.serving())
        self.clients_port = await self._cleanup.enter_async_context(self.cutter.serving())

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()
