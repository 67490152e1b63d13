"""Requests, bytes and times of first and second visits of pages."""

import playwright.sync_api as driver

from tests.bench.report import Report
from tests.browser.browser import Browser
from tests.browser.page_load import Load
from tests.browser.visits import Visit, count_waves, load, opened, opened_again, visits
from tests.e2e.stack import LocalStack

_ROUNDS = 3
# Round-trip times in ms: a phone in town, and one in a stairwell or far from the region.
_ROUND_TRIPS = (40, 150)


def test_first_and_second_visits(chromium: driver.Browser, stack: LocalStack, report: Report) -> None:
    browser = Browser(chromium, stack)
    for name, visit in visits(browser).items():
        first, again = load(browser, visit)
        firsts, seconds = zip(*(_fastest(browser, visit, delay) for delay in _ROUND_TRIPS), strict=True)
        waves = f"{count_waves(browser, visit)} waves"
        report.note(f"page: {name}", ", ".join([_sizes(first), waves, _times(firsts)]))
        report.note(f"page: {name}, again", ", ".join([_sizes(again), _times(seconds)]))
        browser.close()


def _sizes(found: Load) -> str:
    asked = found.page + found.worker
    return f"{len(asked)} requests, {sum(each.bytes for each in asked) / 1000:.1f} KB"


def _times(found: tuple[int, ...]) -> str:
    return ", ".join(f"{ms:,} ms at {delay} ms" for ms, delay in zip(found, _ROUND_TRIPS, strict=True))


def _fastest(browser: Browser, visit: Visit, delay_ms: int) -> tuple[int, int]:
    """Milliseconds of the fastest first and second visit; slower ones are due to other load on the machine."""
    firsts, seconds = [], []
    for _ in range(_ROUNDS):
        page, content = opened(browser, visit, delay_ms=delay_ms)
        firsts.append(content.shown_after())
        opened_again(page, content, visit, delay_ms=delay_ms)
        seconds.append(content.shown_after())
        page.context.close()
    return round(min(firsts)), round(min(seconds))
