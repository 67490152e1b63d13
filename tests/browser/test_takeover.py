"""Guests' pages from the first paint on: the server's content stays until the script's content replaces it."""

import json
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.browser import Browser, accessible, connected, fits
from tests.browser.test_table import table_of
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client

_SCRIPTS: Final = "**/api/static/**/*.js"
_API: Final = "**/api/v1/{guests,orders,menu}**"
LOCALES: Final = ("zh-TW", "en-GB")

# After each change of the document, before anything is painted: which texts are not there, once all were.
_WATCH: Final = """
  window.lacking = [];
  let began = false;
  new MutationObserver(() => {
    const text = document.querySelector("main")?.textContent ?? "";
    const lacking = TEXTS.filter((each) => !text.includes(each));
    if (lacking.length === 0) began = true;
    else if (began) window.lacking.push(...lacking);
  }).observe(document, { childList: true, subtree: true, characterData: true });
"""


class Guest(NamedTuple):
    """A page for guests. texts: shown in both languages. english: the text of its heading."""

    address: str
    texts: list[str]
    english: str


def customer(browser: Browser) -> Guest:
    link_texts(browser.stack)
    order, address = confirmed(browser, Client(browser.stack, "office_staff"))
    return Guest(address, [order["order_number"], "$760"], "Your order is confirmed")


def diner(browser: Browser) -> Guest:
    staff = Client(browser.stack, "admin", "table")
    return Guest(table_of(staff)["url"], ["滷肉飯", "$"], "Table")


GUESTS: Final = {"tracking": customer, "table": diner}


class Held:
    """Requests that wait until they are released."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._waiting: list[Route] = []
        self._answer: Callable[[Route], None] = self._waiting.append
        page.route(pattern, self._take)

    def release(self, answer: Callable[[Route], None] = Route.continue_) -> None:
        """Answers the waiting requests and all later ones."""
        self._answer = answer
        for each in self._waiting:
            answer(each)

    def _take(self, route: Route) -> None:
        self._answer(route)


def looks(page: Page) -> Any:
    """The place and text of each readable element of the page's content."""
    return page.evaluate(
        """(read) => [...document.querySelectorAll(read)]
           .filter((each) => each.checkVisibility())
           .map((each) => {
             const { top, left, height } = each.getBoundingClientRect();
             return [each.textContent, Math.round(top), Math.round(left), Math.round(height)];
           })""",
        "main :is(h1, h2, h3, p, .steps li, .bought li, .badge)",
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("open_", GUESTS.values(), ids=GUESTS)
def test_readable_content_neither_disappears_nor_moves_while_the_page_loads(
    browser: Browser, open_: Callable[[Browser], Guest], locale: str
) -> None:
    guest = open_(browser)
    page = browser.page(phone=True, locale=locale)
    page.add_init_script(_WATCH.replace("TEXTS", json.dumps(guest.texts)))
    scripts, api = Held(page, _SCRIPTS), Held(page, _API)
    page.goto(guest.address, wait_until="commit")
    for text in guest.texts:
        expect(page.locator("main")).to_contain_text(text)
    # The style sheet is there.
    expect(page.locator(".guest")).to_have_css("display", "grid")
    before = looks(page)
    with page.expect_request("**/api/v1/guests/*"):
        scripts.release()
    assert looks(page) == before
    api.release()
    connected(page)
    expect(page.locator("main .stepper button, main .driver").first).to_be_attached()
    assert looks(page) == before
    assert page.evaluate("window.lacking") == []
    assert page.evaluate("document.documentElement.lang") == ("en" if locale == "en-GB" else "zh-Hant-TW")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("open_", GUESTS.values(), ids=GUESTS)
def test_without_scripts_the_content_is_read_and_renewed(
    browser: Browser, open_: Callable[[Browser], Guest], locale: str
) -> None:
    guest = open_(browser)
    page = browser.page(phone=True, locale=locale, java_script_enabled=False)
    page.goto(guest.address)
    for text in guest.texts:
        expect(page.locator("main")).to_contain_text(text)
    renewed = "This page renews itself" if locale == "en-GB" else "此頁每 20 秒自動更新"
    # Scripts that are turned off by a debugger leave `noscript` without a box.
    expect(page.locator(".guest-state .badge")).to_contain_text(renewed)
    expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "20")


@pytest.mark.parametrize("open_", GUESTS.values(), ids=GUESTS)
def test_a_failed_load_shows_an_error_above_the_content_and_is_repeated(
    browser: Browser, open_: Callable[[Browser], Guest]
) -> None:
    guest = open_(browser)
    page = browser.page(phone=True)
    page.route("**/api/v1/guests/*", lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
    page.goto(guest.address)
    expect(page.get_by_role("alert")).to_contain_text("畫面可能不是最新的")
    for text in guest.texts:
        expect(page.locator("main")).to_contain_text(text)
    accessible(page)
    fits(page)
    page.unroute("**/api/v1/guests/*")
    page.get_by_role("button", name="再試一次").click()
    connected(page)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("open_", GUESTS.values(), ids=GUESTS)
def test_a_link_that_ends_while_its_page_is_open_shows_a_notice(
    browser: Browser, open_: Callable[[Browser], Guest]
) -> None:
    guest = open_(browser)
    page = browser.page(phone=True)
    api = Held(page, "**/api/v1/guests/*")
    page.goto(guest.address, wait_until="commit")
    expect(page.locator("main")).to_contain_text(guest.texts[0])
    api.release(lambda route: route.fulfill(status=404, json={"code": "not_found"}))
    expect(page.get_by_role("heading", name=re.compile("連結已失效|請重新掃描 QR 碼"))).to_be_visible()
    for text in guest.texts:
        expect(page.locator("main")).not_to_contain_text(text)


@pytest.mark.parametrize("open_", GUESTS.values(), ids=GUESTS)
def test_the_content_stays_until_it_is_there_in_the_other_language(
    browser: Browser, open_: Callable[[Browser], Guest]
) -> None:
    guest = open_(browser)
    page = browser.page(phone=True)
    page.goto(guest.address)
    connected(page)
    page.evaluate(_WATCH.replace("TEXTS", json.dumps(guest.texts)))
    # The watch begins with the first change.
    page.evaluate("document.querySelector('main').append(' ')")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(guest.english)
    assert page.evaluate("window.lacking") == []


def test_the_former_addresses_of_tabs_that_are_open_still_work(browser: Browser) -> None:
    for open_, name in ((customer, "track"), (diner, "table")):
        guest = open_(browser)
        page = browser.page(phone=True)
        page.goto(f"{browser.console}/{name}#{guest.address.rsplit('/', 1)[1]}")
        connected(page)
        for text in guest.texts:
            expect(page.locator("main")).to_contain_text(text)
