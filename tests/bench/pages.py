"""Loads of pages, before and after: as figures, and as a table for docs/benchmarks.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tests.bench.report import markdown

# Round-trip times in ms: a phone in town, and one in a stairwell or far from the region.
ROUND_TRIPS: Final = (40, 150)
_BEFORE: Final = Path(__file__).with_name("pages_before.json")


class Arrival(Struct):
    """One visit's requests and bytes, a service worker's included.

    ms: per round-trip time, milliseconds until the content is there.
    """

    requests: int
    bytes: int
    ms: dict[int, int]


class PageFigures(Struct):
    """A first visit, and one more in the same tab. waves: of the first."""

    first: Arrival
    again: Arrival
    waves: int


class Measured(Struct):
    """All pages at a commit. date: when they were measured. machine: on what, and how busy it was."""

    commit: str
    date: str
    machine: str
    pages: dict[str, PageFigures]


def before() -> Measured:
    """The pages as they were: plain modules, an API call each."""
    return msgspec.json.decode(_BEFORE.read_bytes(), type=Measured)


def table(then: Mapping[str, PageFigures], now: Mapping[str, PageFigures]) -> str:
    """Markdown: two rows for each page, with both figures in each cell."""
    head = ["visit", "requests", "KB", "waves", *(f"ms at {ms} ms" for ms in ROUND_TRIPS)]
    rows = []
    for name, after in now.items():
        if name in then:
            old = then[name]
            rows.append(_row(name, old.first, after.first, f"{old.waves}→{after.waves}"))
            rows.append(_row(f"{name}, again", old.again, after.again, ""))
    return markdown(head, rows)


def _row(name: str, then: Arrival, now: Arrival, waves: str) -> list[str]:
    return [
        name,
        f"{then.requests}→{now.requests}",
        f"{then.bytes / 1000:.1f}→{now.bytes / 1000:.1f}",
        waves,
        *(f"{then.ms[ms]:,}→{now.ms[ms]:,}" for ms in ROUND_TRIPS),
    ]
