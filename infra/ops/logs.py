"""Shows the functions' logs, also of the local stack: `make logs STAGE=… [FUNCTION=…] [ORDER=…] [LEVEL=…] …`."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import boto3
from botocore.config import Config

from infra.log_lines import fields_of, function_name, readable
from infra.ops.instants import instant
from infra.ops.stage import Refused, arguments, run

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# AWS allows five calls of FilterLogEvents a second for an account and region; we use half.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_CALLS_PER_SECOND: Final = 2.5
_PATIENT: Final = Config(retries={"mode": "adaptive", "total_max_attempts": 10})
_LONGEST_PATTERN: Final = 1024
_POLL_SECONDS: Final = 2.0
# A line may be stored later than its own time, so each poll reads so many milliseconds again.
_OVERLAP_MS: Final = 10_000
# An order's requests and events each have a correlation id; only the newest ones are searched.
_MOST_IDS: Final = 20


class LogLine(NamedTuple):
    """One line of a function's output; `milliseconds` since 1970."""

    milliseconds: int
    function: str
    text: str


class Reader:
    """Reads new lines.

    functions: logical ids; empty for all functions. terms: a line must contain one of them, if any. calls: how
    many it has made so far.
    """

    def __init__(self, logs: Any, stage: str, *, functions: Sequence[str] = (), terms: Iterable[str] = ()) -> None:
        self._logs = logs
        self._groups = _groups(logs, stage, functions)
        # The emulator does not support `?`, and has no limit.
        self._patterns = each_alone if stage == "local" else any_of
        self.terms = list(terms)
        self.calls = 0
        self._seen: set[tuple[str, LogLine]] = set()

    def new_lines(self, since: int) -> list[LogLine]:
        """All new lines since then (epoch milliseconds), by time."""
        found = []
        for group in self._groups:
            for pattern in self._patterns(self.terms):
                for event in self._events(group, since, pattern):
                    line = LogLine(event["timestamp"], function_name(group), event["message"])
                    if (event["logStreamName"], line) not in self._seen and self._matches_terms(line):
                        self._seen.add((event["logStreamName"], line))
                        found.append(line)
        return sorted(found)

    def forget_before(self, milliseconds: int) -> None:
        """Discards state that later calls do not need."""
        self._seen = {each for each in self._seen if each[1].milliseconds >= milliseconds}

    def _matches_terms(self, line: LogLine) -> bool:
        return not self.terms or any(term in line.text for term in self.terms)

    def _events(self, group: str, since: int, pattern: str) -> Iterator[dict[str, Any]]:
        filter_ = {"filterPattern": pattern} if pattern else {}
        pages = self._logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, startTime=since, **filter_):
            self.calls += 1
            yield from page["events"]


def any_of(terms: Sequence[str]) -> list[str]:
    """Filter patterns that together match lines with any of the terms; as few as the maximum length allows."""
    if len(terms) <= 1:
        return each_alone(terms)
    patterns = [""]
    for term in terms:
        longer = f'{patterns[-1]} ?"{term}"'.strip()
        if len(longer) > _LONGEST_PATTERN:
            patterns.append(f'?"{term}"')
        else:
            patterns[-1] = longer
    return patterns


def each_alone(terms: Sequence[str]) -> list[str]:
    """A filter pattern for each term; without terms one that matches everything."""
    return [f'"{term}"' for term in terms] or [""]


def of_order(reader: Reader, order_id: str, since: int) -> list[LogLine]:
    """Lines with an order's id, and all lines of their requests and events.

    The reader stores the correlation ids, so that a later call also finds later lines of these.
    """
    known = [term for term in reader.terms if term != order_id]
    reader.terms = [order_id, *known]
    lines = reader.new_lines(since)
    naming = [line.text for line in reversed(lines) if order_id in line.text]
    newest = dict.fromkeys(id_ for text in naming for id_ in _correlation_ids(text))
    new = [id_ for id_ in newest if id_ not in known][:_MOST_IDS]
    if new:
        reader.terms = new
        lines = sorted([*lines, *reader.new_lines(since)])
    reader.terms = [*new, *known][:_MOST_IDS]
    return lines


def pause_after(calls: int, stage: str) -> float:
    """Seconds until the next poll, depending on the number of calls of the last one."""
    return _POLL_SECONDS if stage == "local" else max(_POLL_SECONDS, calls / _CALLS_PER_SECOND)


def at_least(level: str) -> Callable[[LogLine], bool]:
    """A function that checks a line's level. A line that is not JSON, such as a traceback, counts as highest."""
    lowest = LEVELS.index(level)

    def is_wanted(line: LogLine) -> bool:
        found = (fields_of(line.text) or {}).get("level")
        return found not in LEVELS or LEVELS.index(found) >= lowest

    return is_wanted


def _groups(logs: Any, stage: str, functions: Sequence[str]) -> list[str]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/luckygas-{stage}-")
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    known = {function_name(name): name for name in names}
    if not functions:
        return names
    # Accepts both `orders_stream`, as in app.py, and `OrdersStream`, as in the template.
    folded = {name.lower(): group for name, group in known.items()}
    try:
        return [folded[name.replace("_", "").lower()] for name in functions]
    except KeyError as error:
        raise Refused(f"there is no function {error.args[0]}; there are {', '.join(sorted(known))}") from error


def _correlation_ids(text: str) -> list[str]:
    fields = fields_of(text) or {}
    found = [fields.get("correlation_id"), *fields.get("correlation_ids", ())]
    return [each for each in found if each not in (None, "several")]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = arguments("infra.ops.logs", "Show the functions' logs.")
    parser.add_argument("--function", action="append", default=[], help="one function's, e.g. orders_stream")
    parser.add_argument("--order", default="", help="an order's id: all that was done about it")
    parser.add_argument("--correlation", default="", help="a correlation id")
    parser.add_argument("--level", choices=LEVELS, default="DEBUG", help="this level and graver ones")
    parser.add_argument("--since", default="15m", help="15m, 2h, 1d, or an instant; default: 15m")
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")

    def show(options: Any) -> None:
        since = int(instant(options.since, datetime.now(UTC)).timestamp() * 1000)
        terms = filter(None, [options.correlation])
        reader = Reader(
            boto3.client("logs", config=_PATIENT), options.stage, functions=options.function, terms=terms
        )
        is_wanted = at_least(options.level)
        while True:
            began, calls = int(time.time() * 1000), reader.calls
            lines = of_order(reader, options.order, since) if options.order else reader.new_lines(since)
            for line in filter(is_wanted, lines):
                text = readable(line.function, line.milliseconds, line.text, colour=sys.stdout.isatty())
                if text is not None:
                    print(text, flush=True)
            if not options.follow:
                return
            since = max(since, began - _OVERLAP_MS)
            reader.forget_before(since)
            time.sleep(pause_after(reader.calls - calls, options.stage))

    return run(show, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
