"""Invokes the deployed functions through the emulator's Lambda API."""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import aiohttp

from infra.local.environment import as_root

Event = dict[str, Any]

# The emulator starts a process for each concurrent invocation, which would be hundreds when hundreds of clients
# connect. So further invocations wait here.
_AT_ONCE = max(4, 2 * (os.cpu_count() or 1))


class FunctionFailed(RuntimeError):
    """The function raised, timed out, or could not be invoked."""


class Invoke(Protocol):
    """Runs a function, given by its logical id in the template, and returns its result.

    Raises FunctionFailed.
    """

    async def __call__(self, function: str, event: Event) -> Any: ...


class Functions:
    """An Invoke on the emulator. `names` (logical id → deployed name) may be replaced after a redeploy."""

    def __init__(self, session: aiohttp.ClientSession, emulator_url: str, names: Mapping[str, str]) -> None:
        self._session = session
        self._url = f"{emulator_url}/2015-03-31/functions"
        self.names = names
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))
        self._running: set[asyncio.Task[Any]] = set()

    async def __call__(self, function: str, event: Event) -> Any:
        name = self.names.get(function)
        if not name:
            raise FunctionFailed(f"{function} is not deployed")
        await self._turns[function].acquire()
        # The emulator does not notice that a client is gone, so the turn lasts until the function ends. Otherwise
        # each client that repeats a slow request would start another process.
        invocation = asyncio.create_task(self._invoke(function, name, event))
        self._running.add(invocation)
        invocation.add_done_callback(partial(self._end, function))
        return await asyncio.shield(invocation)

    async def _invoke(self, function: str, name: str, event: Event) -> Any:
        url = f"{self._url}/{name}/invocations"
        try:
            async with self._session.post(url, json=event, headers=as_root("lambda")) as response:
                answer = await response.read()
                if not response.ok or "X-Amz-Function-Error" in response.headers:
                    raise FunctionFailed(answer.decode(errors="replace"))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FunctionFailed(f"{function}: {error}") from error
        return json.loads(answer) if answer else None

    def _end(self, function: str, invocation: "asyncio.Task[Any]") -> None:
        self._turns[function].release()
        self._running.discard(invocation)
        if not invocation.cancelled():
            invocation.exception()  # read, because its client may be gone


def session() -> aiohttp.ClientSession:
    """A session without a limit of connections."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60), timeout=aiohttp.ClientTimeout(total=900)
    )
