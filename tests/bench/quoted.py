"""What README.md quotes of docs/benchmarks.md: the same figures, in sentences. Nothing is typed twice."""

import re
from typing import Final

_BEGIN: Final = "<!-- Written by make bench from docs/benchmarks.md. -->\n"
_END: Final = "<!-- End of what make bench writes. -->\n"


def sentences(benchmarks: str) -> str:
    """The lines for README.md. benchmarks: the whole page, as `Report.document` makes it.

    Raises LookupError where the page has no such figure.
    """
    change, _, process = _row(benchmarks, "status change → last of 1,000 clients", "FastAPI")
    post, _, boto3 = _row(benchmarks, "CPU of a post")
    _, _, chunks = _row(benchmarks, "fan-out to 10,000 connections")
    texts = sms_a_second(benchmarks)
    lines = (
        f"A status change reaches the last of 1,000 clients in {change}, {process} times what one process takes",
        "  that holds all sockets.",
        f"- A post to a connection takes {post} of CPU, boto3's {boto3} times as much.",
        f"- 10,000 connections are reached in {chunks} times the time of 1,000.",
        f"- 1,000 SMS at once are sent at {texts} a second, by a provider that takes 200 ms.",
        f"- `make run` is ready in {_start(benchmarks)}, once everything is installed.",
    )
    return "- " + "\n".join(lines) + "\n"


def sms_a_second(benchmarks: str) -> str:
    """How fast the queue of SMS is drained."""
    return _note(benchmarks, r"from the stream to the provider: .*?, ([0-9.]+) a second")


def thousand_at_once(benchmarks: str) -> str:
    """How long one function takes for 1,000 connections."""
    return _note(benchmarks, r"to 1,000 in one go ([0-9.]+ ms)")


def written(readme: str, benchmarks: str) -> str:
    """README.md with the page's figures. Raises LookupError where it has no place for them."""
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise LookupError("README.md has no place for the figures")
    return before + begin + sentences(benchmarks) + end + after


def _start(benchmarks: str) -> str:
    return _note(benchmarks, r"warm start .*: median ([0-9.]+ s)")


def _row(benchmarks: str, what: str, against: str = "") -> tuple[str, str, str]:
    """The measured value, what it was measured against, and the ratio."""
    for line in benchmarks.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) > 3 and cells[0].startswith(what) and cells[2].startswith(against):
            return cells[1], cells[2], cells[3]
    raise LookupError(what)


def _note(benchmarks: str, pattern: str) -> str:
    found = re.search(pattern, benchmarks)
    if found is None:
        raise LookupError(pattern)
    return found[1]
