"""The live view of the functions' logs: every log group of the stack in the emulator's CloudWatch Logs."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import aiohttp

from infra.local.environment import STAGE, as_root
from infra.local.metrics import LineMetrics
from infra.log_lines import function_name, readable

_PREFIX = f"/aws/lambda/luckygas-{STAGE}-"
_POLL_SECONDS = 0.4
_SLOWEST_POLL_SECONDS = 2.0
_SKIP_SECONDS = 3.0
# A line may be stored later than its own time, so each poll reads so many milliseconds again.
_OVERLAP_MS = 2_000


class LogLine(NamedTuple):
    """One line of a function's output; `milliseconds` since 1970."""

    milliseconds: int
    function: str
    text: str


class LogTail:
    """Reads new lines. The emulator makes one log stream per invocation, which it writes at once."""

    def __init__(self, session: aiohttp.ClientSession, emulator_url: str) -> None:
        self._session = session
        self._url = emulator_url
        # Log group → its newest streams and their times. Separate times per group: a busy emulator may answer for
        # one group seconds after another, and with a common time the lines in between would be skipped.
        self._newest: dict[str, dict[str, int]] = {}

    async def new_lines(self) -> list[LogLine]:
        """All functions' new lines by time; all or none. Raises aiohttp.ClientError when there is no answer."""
        found = await self._call("DescribeLogGroups", {"logGroupNamePrefix": _PREFIX})
        groups = [group["logGroupName"] for group in found["logGroups"]]
        answers = await asyncio.gather(*(self._events(group) for group in groups))
        lines = []
        for group, events in zip(groups, answers, strict=True):
            newest = self._newest.get(group, {})
            fresh = [event for event in events if event["logStreamName"] not in newest]
            lines += [LogLine(event["timestamp"], function_name(group), event["message"]) for event in fresh]
            times = newest | {event["logStreamName"]: event["timestamp"] for event in fresh}
            self._newest[group] = {stream: at for stream, at in times.items() if at >= _since(times)}
        return sorted(lines, key=lambda line: line.milliseconds)

    async def _events(self, group: str) -> list[dict[str, Any]]:
        since = _since(self._newest.get(group, {}))
        answer = await self._call("FilterLogEvents", {"logGroupName": group, "startTime": since})
        events: list[dict[str, Any]] = answer["events"]
        return events

    async def _call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        target = {"X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        headers = {**target, **as_root("logs")}
        async with self._session.post(self._url, json=arguments, headers=headers) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer


def _since(times: Mapping[str, int]) -> int:
    return max(0, max(times.values(), default=0) - _OVERLAP_MS)


async def skip(tail: LogTail) -> None:
    """Skips current lines until there are no new ones, or for three seconds."""
    deadline = time.monotonic() + _SKIP_SECONDS
    while await _lines(tail) and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS / 2)


async def follow(tail: LogTail) -> AsyncIterator[LogLine]:
    """Yields every line from now until the emulator ends."""
    while True:
        began = time.monotonic()
        try:
            lines = await _lines(tail)
        except aiohttp.ClientConnectorError:
            return
        for line in lines:
            yield line
        # Uses a twentieth of the emulator's time, because a long-running stack has many log streams. The pause is
        # limited, so that a busy emulator does not delay the view for a minute.
        pause = 20 * (time.monotonic() - began)
        await asyncio.sleep(min(max(pause, _POLL_SECONDS), _SLOWEST_POLL_SECONDS))


async def _lines(tail: LogTail) -> list[LogLine]:
    """The new lines; empty if the emulator failed (for example for a new group), closed the connection or took too
    long. Raises aiohttp.ClientConnectorError if it has ended."""
    try:
        return await tail.new_lines()
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientError, TimeoutError):
        return []


async def show(tail: LogTail, metrics: LineMetrics) -> None:
    """Prints every line in readable form, with colours on a terminal, and collects its metrics."""
    colour = sys.stdout.isatty()
    async for line in follow(tail):
        metrics.add(line.text)
        text = readable(line.function, line.milliseconds, line.text, colour=colour)
        if text is not None:
            print(text, flush=True)
