"""Runs functions on threads for which an ending stack does not wait."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def in_thread(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """As asyncio.to_thread, on a daemon thread: asyncio.run would wait for a deployment to be over."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def settle(setter: Callable[[Any], None], value: Any) -> None:
        if not future.done():  # cancelled meanwhile
            setter(value)

    def work() -> None:
        try:
            setter: Callable[[Any], None] = future.set_result
            value: Any = function(*arguments)
        except BaseException as error:  # noqa: BLE001 — raised where the result is awaited
            setter, value = future.set_exception, error
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, setter, value)

    threading.Thread(target=work, daemon=True).start()
    return await future
