"""Runs many requests in parallel over few HTTP connections, with time-outs that adapt to the response time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

# Opening a link (an HTTP connection) for one or two posts costs more than it saves. Measured with 100 subscribers
# on the local stack, from the change to the last subscriber: 73 ms with 64 links, 56 ms with 16 to 20 links.
_MOST_LINKS: Final = 96
_FEW_LINKS: Final = 16
_JOBS_PER_LINK: Final = 5
# This includes stuck jobs. A function may have 1,024 files open.
_MOST_AT_ONCE: Final = 512

Job = TypeVar("Job")
Result = TypeVar("Result")
# Returns the time that a request may take, which may change while it runs.
Seconds = Callable[[], float]


class _Timer:
    """Calls `act` when the time that `seconds` returns has passed, unless it was cancelled."""

    def __init__(self, seconds: Seconds, act: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._act = act
        self._started = self._loop.time()
        self._handle = self._loop.call_later(seconds(), self._check)

    def cancel(self) -> None:
        self._handle.cancel()

    def _check(self) -> None:
        left = self._started + self._seconds() - self._loop.time()
        if left > 0:
            self._handle = self._loop.call_later(left, self._check)
        else:
            self._act()


async def at_once(work: Callable[[Job], Awaitable[None]], jobs: Sequence[Job], stuck_after: Seconds) -> None:
    """Runs the jobs, as many in parallel as there should be links, and one more for each that is stuck."""
    left = iter(jobs)
    workers = 0

    async def worker() -> None:
        for job in left:
            relief = _Timer(stuck_after, start_worker)
            try:
                await work(job)
            finally:
                relief.cancel()

    async with asyncio.TaskGroup() as group:

        def start_worker() -> None:
            nonlocal workers
            if workers < min(len(jobs), _MOST_AT_ONCE):
                workers += 1
                group.create_task(worker())

        for _ in range(min(max(_FEW_LINKS, len(jobs) // _JOBS_PER_LINK), _MOST_LINKS)):
            start_worker()


async def within(seconds: Seconds, work: Awaitable[Result]) -> Result:
    """The result of `work`. Raises TimeoutError after the time that `seconds` returns."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = _Timer(seconds, lambda: limit.reschedule(loop.time()))
        try:
            return await work
        finally:
            timer.cancel()
