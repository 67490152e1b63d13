"""The live view of the functions' logs: every log group of the stack in the emulator's CloudWatch Logs."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp

from infra.local.environment import STAGE, as_root
from infra.log_lines import function_name, readable

_PREFIX = f"/aws/lambda/luckygas-{STAGE}-"
_POLL_SECONDS = 0.4
# A line can be stored a little after the time it carries, so each poll looks back that far again.
_OVERLAP_MS = 2_000


class LogLine(NamedTuple):
    """One line of a function's output; `milliseconds` since 1970."""

    milliseconds: int
    function: str
    text: str


class LogTail:
    """Reads what was not read before. The emulator makes one log stream per invocation, written at once."""

    def __init__(self, session: aiohttp.ClientSession, emulator_url: str) -> None:
        self._session = session
        self._url = emulator_url
        self._since = 0
        self._seen: dict[str, int] = {}  # log stream → newest time in it

    async def new_lines(self) -> list[LogLine]:
        """All functions' new lines by time. Raises aiohttp.ClientError when the emulator is gone."""
        found = await self._call("DescribeLogGroups", {"logGroupNamePrefix": _PREFIX})
        groups = [group["logGroupName"] for group in found["logGroups"]]
        answers = await asyncio.gather(*(self._events(group) for group in groups))
        fresh: dict[str, int] = {}
        lines = []
        for group, events in zip(groups, answers, strict=True):
            for event in events:
                stream = event["logStreamName"]
                if stream not in self._seen:
                    fresh[stream] = event["timestamp"]
                    lines.append(LogLine(event["timestamp"], function_name(group), event["message"]))
        if fresh:
            self._since = max(self._since, max(fresh.values()) - _OVERLAP_MS)
            kept = {stream: at for stream, at in self._seen.items() if at >= self._since}
            self._seen = {**kept, **fresh}
        return sorted(lines, key=lambda line: line.milliseconds)

    async def _events(self, group: str) -> list[dict[str, Any]]:
        answer = await self._call("FilterLogEvents", {"logGroupName": group, "startTime": self._since})
        events: list[dict[str, Any]] = answer["events"]
        return events

    async def _call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        target = {"X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        headers = {**target, **as_root("logs")}
        async with self._session.post(self._url, json=arguments, headers=headers) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer


async def skip(tail: LogTail, *, at_most: float = 3.0) -> None:
    """Reads past what is being logged, until it is quiet or `at_most` seconds have gone."""
    deadline = time.monotonic() + at_most
    while await _lines(tail) and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS / 2)


async def follow(tail: LogTail) -> AsyncIterator[LogLine]:
    """Every line from now until the emulator is gone."""
    while True:
        began = time.monotonic()
        try:
            lines = await _lines(tail)
        except (aiohttp.ClientError, TimeoutError):
            return
        for line in lines:
            yield line
        # At most a twentieth of the emulator's time: a long-lived stack has many log streams to look through.
        await asyncio.sleep(max(_POLL_SECONDS, 20 * (time.monotonic() - began)))


async def _lines(tail: LogTail) -> list[LogLine]:
    """What is new; nothing yet where the emulator stumbled, as it does over a group made while it lists them."""
    try:
        return await tail.new_lines()
    except aiohttp.ClientResponseError:
        return []


async def show(tail: LogTail) -> None:
    """Prints every line for a person, with colours on a terminal."""
    colour = sys.stdout.isatty()
    async for line in follow(tail):
        text = readable(line.function, line.milliseconds, line.text, colour=colour)
        if text is not None:
            print(text, flush=True)
