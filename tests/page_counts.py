"""The requests of visits by origin, for the costs. tests/browser/test_budgets.py counts them in a browser."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from infra.edge import find_row
from tests.costs import PRICES

# Per request: the viewer-request function runs for files, too.
_EDGE_PRICES: Final = ("edge_requests", "edge_functions", "log_kilobytes")


class Counts(Struct):
    """Requests of one visit by the edge's origins; kilobytes: of all answers, as sent."""

    static: int
    rest: int
    websocket: int
    kilobytes: float

    @property
    def requests(self) -> int:
        return self.static + self.rest + self.websocket

    def edge_dollars(self) -> float:
        """What CloudFront and its access logs cost: a line of a kilobyte at most for each request."""
        each = sum(PRICES[name] for name in _EDGE_PRICES)
        return (self.requests * each + self.kilobytes * PRICES["edge_kilobytes"]) / 1e6


class PageCounts(Struct):
    """A first visit, and one more in the same tab."""

    first: Counts
    again: Counts


# The most that was counted: a page that connects while it loads reads a list once more.
# The board and the driver's day from the form for signing in on; a service worker's requests are in it.
PAGE_COUNTS: Final = {
    "sign-in": PageCounts(Counts(3, 1, 0, 21.3), Counts(0, 1, 0, 1.1)),
    "board": PageCounts(Counts(5, 5, 1, 54.0), Counts(0, 6, 1, 13.8)),
    "driver's day": PageCounts(Counts(7, 5, 1, 59.0), Counts(0, 4, 1, 6.2)),
    "tracking link": PageCounts(Counts(3, 2, 1, 29.4), Counts(0, 3, 1, 7.0)),
    "guest menu": PageCounts(Counts(2, 4, 1, 34.8), Counts(0, 3, 1, 6.2)),
}


def by_origin(paths: Iterable[str]) -> dict[str, int]:
    """How many of these requests go to each origin."""
    found = dict.fromkeys(("static", "rest", "websocket"), 0)
    for path in paths:
        row = find_row(path)
        assert row is not None, path
        found[row[0].origin] += 1
    return found
