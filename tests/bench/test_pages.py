"""What first and second visits of pages ask of the network, and how long they take, beside what they once did."""

import playwright.sync_api as driver

from tests.bench.pages import ROUND_TRIPS, Arrival, PageFigures, before, table
from tests.bench.report import Report
from tests.browser.browser import Browser
from tests.browser.page_load import Load
from tests.browser.visits import Visit, count_waves, load, opened, opened_again, visits
from tests.e2e.stack import LocalStack

_ROUNDS = 3
_TEXT = """*Before → after*. Before is commit {commit}, measured on {date} on {machine}.

- Requests leave the browser, a service worker's included. KB are gzip with headers.
- Waves are the longest chain of requests that wait for one another.
- Milliseconds are the fastest of {rounds} visits until the content is there, with each answer delayed by one round
  trip, without TLS. Compare their order of magnitude only.
- The board and the driver's day begin at the sign-in form. *Again* is the same address in the same tab.

"""


def test_pages_before_and_after(chromium: driver.Browser, stack: LocalStack, report: Report) -> None:
    then, now = before(), pages(chromium, stack)
    text = _TEXT.format(commit=then.commit[:7], date=then.date, machine=then.machine, rounds=_ROUNDS)
    report.section("Pages", text + table(then.pages, now))


def pages(chromium: driver.Browser, stack: LocalStack) -> dict[str, PageFigures]:
    """All that is measured, by the visits' names."""
    browser = Browser(chromium, stack)
    found: dict[str, PageFigures] = {}
    for name, visit in visits(browser).items():
        first, again = load(browser, visit)
        ms = {delay: _fastest(browser, visit, delay) for delay in ROUND_TRIPS}
        found[name] = PageFigures(
            _arrival(first, {delay: each[0] for delay, each in ms.items()}),
            _arrival(again, {delay: each[1] for delay, each in ms.items()}),
            count_waves(browser, visit),
        )
        browser.close()
    return found


def _arrival(found: Load, ms: dict[int, int]) -> Arrival:
    asked = found.page + found.worker
    return Arrival(len(asked), sum(each.bytes for each in asked), ms)


def _fastest(browser: Browser, visit: Visit, delay_ms: int) -> tuple[int, int]:
    """Milliseconds of a first and a second visit. The fastest: what slows others down is beside the page."""
    firsts, seconds = [], []
    for _ in range(_ROUNDS):
        page, content = opened(browser, visit, delay_ms=delay_ms)
        firsts.append(content.there_for_good())
        opened_again(page, content, visit, delay_ms=delay_ms)
        seconds.append(content.there_for_good())
        page.context.close()
    return round(min(firsts)), round(min(seconds))
