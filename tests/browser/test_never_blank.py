"""A page is never blank: whichever of its files cannot be loaded, it says so, and a retry brings the page."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.browser import Browser, sign_in
from tests.browser.test_table import table_of
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client

_FILES: Final = "**/api/static/**"
# In what the script in the page's head shows, and in the notice in place of a page that loads later.
_RETRY: Final = "#not-loaded button, .blank button"


Answer = Callable[[Route], None]


def refusal(status: int) -> Answer:
    return lambda route: route.fulfill(status=status, json={"code": "too_fast"})


def lost(route: Route) -> None:
    """The network fails."""
    route.abort()


class Document:
    """A document, open. shown: what is there once it is. path: its part of the console, or another address."""

    def __init__(self, page: Page, shown: Locator, address: str) -> None:
        self.page = page
        self.shown = shown
        page.goto(address)


def door(browser: Browser) -> Document:
    page = browser.page()
    return Document(page, page.locator("[name=password]"), browser.console)


def socket(browser: Browser) -> Document:
    page = browser.page()
    return Document(page, page.locator(".composer"), f"{browser.console}/socket")


def board(browser: Browser) -> Document:
    return signed_in(browser, "office_staff", ".order-card")


def day(browser: Browser) -> Document:
    return signed_in(browser, "driver", "main .card", phone=True)


def signed_in(browser: Browser, role: str, shown: str, *, phone: bool = False) -> Document:
    # The driver's service worker would answer from its cache.
    page = browser.page(phone=phone, service_workers="block")
    login = browser.stack.login(role)
    opened = Document(page, page.locator(shown).first, browser.console)
    sign_in(page, login["username"], login["password"])
    return opened


def link(browser: Browser) -> Document:
    link_texts(browser.stack)
    order, address = confirmed(browser, Client(browser.stack, "office_staff"))
    page = browser.page(phone=True)
    return Document(page, page.get_by_text(order["order_number"]), address)


def table(browser: Browser) -> Document:
    page = browser.page(phone=True)
    address = table_of(Client(browser.stack, "admin", "table"))["url"]
    return Document(page, page.locator(".menu-section").first, address)


# Each with those whose files are tested already.
DOCUMENTS: Final = {
    "door": (door, ()),
    "board": (board, (door,)),
    "day": (day, (door, board)),
    "link": (link, ()),
    "table": (table, ()),
    "socket": (socket, ()),
}


def files_of(opened: Document) -> list[str]:
    """The paths of the files that it loads, all of them."""
    expect(opened.shown).to_be_visible()
    opened.page.wait_for_load_state("networkidle")
    found: list[str] = opened.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    return list(dict.fromkeys(urlsplit(url).path for url in found if "/api/static/" in url))


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.timeout(300)
def test_whichever_file_fails_a_message_offers_a_retry_which_brings_the_page(browser: Browser, name: str) -> None:
    opener, tested = DOCUMENTS[name]
    known = {path for other in tested for path in files_of(other(browser))}
    opened = opener(browser)
    files = [path for path in files_of(opened) if path not in known]
    assert files
    for path in files:
        for answers in [(refusal(429), refusal(503)), *([(lost, refusal(404))] if path == files[0] else [])]:
            fails(opened, path, *answers)


def fails(opened: Document, path: str, first: Answer, second: Answer) -> None:
    """Loads the page while a file fails, tries again while it fails in another way, and once more when it does not."""
    page = opened.page
    retry = page.locator(_RETRY).first
    page.route(f"**{path}", first)
    page.reload(wait_until="commit")
    expect(retry, path).to_contain_text("再試一次")
    page.unroute(f"**{path}")
    page.route(f"**{path}", second)
    with page.expect_request(f"**{path}"):
        retry.click()
    expect(retry, path).to_be_visible()
    page.unroute(f"**{path}")
    retry.click()
    expect(opened.shown, path).to_be_visible()
    expect(retry, path).to_be_hidden()
