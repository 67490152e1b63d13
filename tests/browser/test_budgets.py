"""Limits of the pages' requests and bytes, for slow networks in a stairwell or a basement."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import playwright.sync_api as driver
import pytest
from msgspec import Struct

from tests.browser.browser import Browser
from tests.browser.page_load import Load
from tests.browser.visits import Visit, count_waves, load, opened, visits
from tests.e2e.stack import LocalStack, running_stack
from tests.page_counts import PAGE_COUNTS, by_origin


class Budget(Struct):
    """At most so many requests, bytes as sent, and waves until the content is there."""

    requests: int
    bytes: int | None = None
    waves: int | None = None


BUDGETS: Final = {
    "sign-in": Budget(8, 40_000, waves=2),
    # Except the form for signing in.
    "board": Budget(12),
    "driver's day": Budget(12),
    "tracking link": Budget(6, 30_000),
    "guest menu": Budget(8, 45_000),
}
# Classes that only these have rules for; "" for pages that are not measured.
_STYLED: Final = {
    "order-card": "board",
    "proof-kinds": "driver's day",
    "menu-section": "guest menu",
    "combobox": "",
    "ticket": "",
    "bill": "",
    "table-card": "",
    "customer-row": "",
    "chart": "",
    "composer": "",
    "leaflet-container": "",
}
# Of each style sheet: its rules' selectors, and whether there is something that one of them is for.
_SHEETS: Final = """
[...document.styleSheets].map((sheet) => {
  const selectors = (rules) => [...rules].flatMap((rule) =>
    rule.selectorText ? [rule.selectorText] : rule.cssRules ? selectors(rule.cssRules) : []);
  const all = selectors(sheet.cssRules);
  const used = all.some((each) => document.querySelector(each));
  return { address: sheet.href ?? "in the page", all, used };
})
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One with the seed's orders only: of a longer list, a page asks for each hundred."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def planned(chromium: driver.Browser, stack: LocalStack) -> dict[str, Visit]:
    return visits(Browser(chromium, stack))


class Measurements:
    """Each visit's load, made once."""

    def __init__(self, planned: Mapping[str, Visit]) -> None:
        self._planned = planned
        self._loads: dict[str, tuple[Load, Load]] = {}

    def of(self, browser: Browser, name: str) -> tuple[Load, Load]:
        if name not in self._loads:
            self._loads[name] = load(browser, self._planned[name])
        return self._loads[name]


@pytest.fixture(scope="module")
def measurements(planned: dict[str, Visit]) -> Measurements:
    return Measurements(planned)


def listed(found: Load) -> str:
    total = f"{len(found.page)} requests, {found.bytes} bytes"
    return "\n".join([total, *(f"{each.bytes:>7} {each.path}" for each in found.page)])


@pytest.mark.parametrize("name", BUDGETS)
def test_a_first_visit_stays_within_its_budget(browser: Browser, measurements: Measurements, name: str) -> None:
    budget = BUDGETS[name]
    first, _ = measurements.of(browser, name)
    assert first.page
    assert len(first.page) <= budget.requests, listed(first)
    assert budget.bytes is None or first.bytes <= budget.bytes, listed(first)


@pytest.mark.parametrize("name", BUDGETS)
def test_the_pages_on_cost_and_scale_count_all_requests(
    browser: Browser, measurements: Measurements, name: str
) -> None:
    counted = PAGE_COUNTS[name]
    for found, counts in zip(measurements.of(browser, name), (counted.first, counted.again), strict=True):
        requests = by_origin(each.path for each in found.page + found.worker)
        assert all(requests[origin] <= getattr(counts, origin) for origin in requests), (requests, counts)


@pytest.mark.parametrize("name", [name for name, budget in BUDGETS.items() if budget.waves])
def test_requests_of_a_page_do_not_wait_for_one_another(
    browser: Browser, planned: dict[str, Visit], name: str
) -> None:
    budget = BUDGETS[name]
    assert budget.waves is not None
    assert 1 <= count_waves(browser, planned[name]) <= budget.waves


@pytest.mark.parametrize("name", BUDGETS)
def test_a_second_visit_asks_for_no_file_again(browser: Browser, measurements: Measurements, name: str) -> None:
    _, second = measurements.of(browser, name)
    assert second.page
    assert [path for path in second.paths if "/static/" in path] == []


def test_an_offline_worker_stores_the_pages_loaded_files(browser: Browser, measurements: Measurements) -> None:
    """It loads only its own script, the document and files that no other page needs; the rest is cached."""
    first, second = measurements.of(browser, "driver's day")
    assert 1 <= len(first.worker) <= 3, first.worker
    assert [each.path for each in second.worker if "/static/" in each.path] == []


@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_loads_its_own_styles_only(browser: Browser, planned: dict[str, Visit], name: str) -> None:
    page, _ = opened(browser, planned[name])
    sheets = page.evaluate(_SHEETS)
    assert sheets
    assert [sheet["address"] for sheet in sheets if not sheet["used"]] == []
    classes = {each for sheet in sheets for rule in sheet["all"] for each in re.findall(r"\.([\w-]+)", rule)}
    assert {styled for styled, owner in _STYLED.items() if owner != name} & classes == set()
    # Otherwise the list above names a file that no page has.
    assert {styled for styled, owner in _STYLED.items() if owner == name} <= classes


@pytest.mark.parametrize("name", ["tracking link", "guest menu"])
def test_readable_content_does_not_disappear_while_the_rest_loads(
    browser: Browser, planned: dict[str, Visit], name: str
) -> None:
    _, content = opened(browser, planned[name], delay_ms=150)
    assert [there for _, there in content.changes] == [True]
