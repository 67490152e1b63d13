"""The measured visits: how each is made, and the content that must appear."""

import json
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from playwright.sync_api import Page

from tests.browser.browser import Browser
from tests.browser.page_load import Content, Load, Network
from tests.browser.test_table import table_of
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client

# The polling requests of a page whose WebSocket does not open within seconds, due to this machine's load.
_POLLED: Final = "/api/v1/events"
_TRIES: Final = 3
_LIVE: Final = "document.querySelector('.state')?.dataset.state === 'live'"


class Visit(Struct):
    """One way to arrive at a page.

    content, complete: JavaScript expressions; true once there is what its visitor wants to see, and
        once it is live.
    prepare: leads an empty page to where the visit begins. act: begins it, without waiting; None opens
        the address.
    A visitor who comes again opens the address, too.
    """

    address: str
    content: str
    complete: str = _LIVE
    phone: bool = False
    prepare: Callable[[Page], None] = lambda _: None
    act: Callable[[Page], None] | None = None

    def begin(self, page: Page) -> None:
        if self.act:
            self.act(page)
        else:
            go(page, self.address)


def go(page: Page, address: str) -> None:
    """Opens an address as a link does, without waiting for anything."""
    page.evaluate("(address) => void setTimeout(() => { location.href = address; })", address)


def visible(selector: str) -> str:
    return f"[...document.querySelectorAll({json.dumps(selector)})].some((each) => each.checkVisibility())"


def readable(*texts: str) -> str:
    return " && ".join(f"document.body?.innerText.includes({json.dumps(text)})" for text in texts)


def visits(browser: Browser) -> dict[str, Visit]:
    """All of them by name, each with something to see."""
    form = visible("[name=password]")
    link_texts(browser.stack)
    order, link = confirmed(browser, Client(browser.stack, "office_staff"))
    table = table_of(Client(browser.stack, "admin", "table"))
    return {
        "sign-in": Visit(browser.console, content=form, complete=form),
        "board": _signed_in(browser, "office_staff", visible(".order-card"), phone=False),
        "driver's day": _signed_in(browser, "driver", visible(".driver .stop"), phone=True),
        "tracking link": Visit(link, content=readable("已確認", order["order_number"]), phone=True),
        "guest menu": Visit(table["url"], content=readable("滷肉飯", "紅茶"), phone=True),
    }


def _signed_in(browser: Browser, role: str, content: str, *, phone: bool) -> Visit:
    """Signs in with the form on the page."""
    login = browser.stack.login(role)

    def prepare(page: Page) -> None:
        page.goto(browser.console)
        page.locator("[name=username]").fill(login["username"])
        page.locator("[name=password]").fill(login["password"])
        page.wait_for_load_state("networkidle")

    def act(page: Page) -> None:
        # Playwright's own click would wait for its effects.
        page.evaluate("setTimeout(() => document.querySelector('form .primary').click())")

    return Visit(browser.console, content, phone=phone, prepare=prepare, act=act)


def load(browser: Browser, visit: Visit) -> tuple[Load, Load]:
    """The requests of a first visit, and of one more in the same tab."""
    for _ in range(_TRIES):
        page = browser.page(phone=visit.phone)
        visit.prepare(page)
        network = Network(page)
        visit.begin(page)
        first = network.settle(visit.complete)
        # The same tab: a session ends with it.
        page.goto("about:blank")
        network = Network(page)
        go(page, visit.address)
        second = network.settle(visit.complete)
        page.context.close()
        if _POLLED not in first.paths + second.paths:
            break
        # Errors of the page because the server was slow.
        browser.faults.clear()
    return first, second


def count_waves(browser: Browser, visit: Visit) -> int:
    """Of a first visit, until its content is there."""
    page = browser.page(phone=visit.phone)
    visit.prepare(page)
    return Network(page).waves(lambda: visit.begin(page), visit.content)


def opened(browser: Browser, visit: Visit, *, delay_ms: int = 0) -> tuple[Page, Content]:
    """A complete first visit, and the content that its visitor saw. delay_ms: the network's round-trip time."""
    page = browser.page(phone=visit.phone)
    visit.prepare(page)
    network = Network(page)
    network.delay(delay_ms)
    content = Content(page, visit.content)
    visit.begin(page)
    network.settle(visit.complete)
    return page, content


def opened_again(page: Page, content: Content, visit: Visit, *, delay_ms: int = 0) -> None:
    """One more visit in the same tab. content: an expression for the content that its visitor sees."""
    page.goto("about:blank")
    network = Network(page)
    network.delay(delay_ms)
    content.restart()
    go(page, visit.address)
    network.settle(visit.complete)
