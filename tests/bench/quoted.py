"""Writes the sentences of README.md that quote figures of docs/benchmarks.csv."""

import re
from collections.abc import Sequence
from typing import Final

from tests.bench.report import Row

_BEGIN: Final = "<!-- Written by make bench from docs/benchmarks.csv. -->\n"
_END: Final = "<!-- End of what make bench writes. -->\n"


def sentences(figures: Sequence[Row]) -> str:
    """The lines for README.md. Raises LookupError for a missing figure."""
    change = _row(figures, "status change → last of 1,000 clients", "FastAPI")
    post = _row(figures, "CPU of a post")
    chunks = _row(figures, "fan-out to 10,000 connections")
    sms = _row(figures, "1,000 SMS at once")
    start = _row(figures, "warm start of make run")
    lines = (
        f"A status change reaches the last of 1,000 clients in {change.measured}, {change.ratio} times what one "
        "process takes",
        "  that holds all sockets.",
        f"- A post to a connection takes {post.measured} of CPU, boto3's {post.ratio} times as much.",
        f"- 10,000 connections are reached in {chunks.ratio} times the time of 1,000.",
        f"- 1,000 SMS at once are sent at {_part(sms, '[0-9.]+ a second')}, by a provider that takes 200 ms.",
        f"- `make run` is ready in {_part(start, '[0-9.]+ s')}, once everything is installed.",
    )
    return "- " + "\n".join(lines) + "\n"


def written(readme: str, figures: Sequence[Row]) -> str:
    """README.md with the figures. Raises LookupError if it has no place for them."""
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise LookupError("README.md has no place for the figures")
    return before + begin + sentences(figures) + end + after


def _row(figures: Sequence[Row], what: str, against: str = "") -> Row:
    for row in figures:
        if row.what.startswith(what) and row.against.startswith(against):
            return row
    raise LookupError(what)


def _part(row: Row, pattern: str) -> str:
    found = re.search(pattern, row.measured)
    if found is None:
        raise LookupError(f"{row.what}: {pattern}")
    return found[0]
