"""All pages on a desktop and a phone, light and dark, in both languages, and with the keyboard only."""

from collections.abc import Iterator
from typing import Any

import playwright.sync_api as driver
import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import Browser, accessible, connected, fits, speak
from tests.e2e.stack import LocalStack

# Every page: the role that opens it, and the text that shows that it is there.
PAGES = {
    "orders": ("office_staff", "delivery", lambda page: page.locator(".order-card:visible").first),
    "new-order": ("office_staff", "delivery", lambda page: page.locator(".product").first),
    "today": ("driver", "delivery", lambda page: page.locator(".driver .stop").first),
    "map": ("office_staff", "delivery", lambda page: page.locator(".map .pin").first),
    "routes": ("office_staff", "delivery", lambda page: page.locator(".plan .pick").first),
    "drivers": ("office_staff", "delivery", lambda page: page.locator(".people .card").first),
    "customers": ("office_staff", "delivery", lambda page: page.locator(".customer-row").first),
    "sms": ("office_staff", "delivery", lambda page: page.locator(".sms-row, .blank").first),
    "sms/templates": ("admin", "delivery", lambda page: page.locator(".sms-row").first),
    "imports": ("admin", "delivery", lambda page: page.locator("form [name=file]")),
    "health": ("admin", "delivery", lambda page: page.locator(".chart").first),
    "reports": ("office_staff", "delivery", lambda page: page.locator(".chart").first),
    "users": ("admin", "delivery", lambda page: page.locator("[data-user]").first),
    "displays": ("admin", "delivery", lambda page: page.locator("[data-display], .blank").first),
    "account": ("office_staff", "delivery", lambda page: page.locator(".facts")),
    "my-orders": ("customer", "delivery", lambda page: page.locator("[data-order]").first),
    "counter": ("office_staff", "table", lambda page: page.locator(".bill").first),
    "menu": ("office_staff", "table", lambda page: page.locator(".menu-rows li").first),
    "tables": ("office_staff", "table", lambda page: page.locator(".table-card").first),
    "hours": ("admin", "table", lambda page: page.locator(".week .day").first),
    "kitchen": ("office_staff", "table", lambda page: page.locator(".ticket[data-order]").first),
}
LOOKS = [
    pytest.param({"phone": phone, "dark": dark, "language": language}, id=f"{phone=} {dark=} {language=}")
    for phone, dark, language in [
        (False, False, "zh-TW"),
        (True, True, "zh-TW"),
        (True, False, "en"),
        (False, True, "en"),
    ]
]
# Documents of their own, without a sign-in; the door is the console's.
DOORS = {
    "": lambda page: page.locator("[name=password]"),
    "/socket": lambda page: page.locator(".composer textarea"),
}


class Visitors:
    """Signed-in visitors, reused for all pages, because a sign-in takes five times as long as a look."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._pages: dict[tuple[str, str, bool], Page] = {}

    def at_door(self, path: str, *, phone: bool, dark: bool, language: str) -> Page:
        """A document, opened without signing in."""
        key = ("", path, phone)
        if key not in self._pages:
            self._pages[key] = self.browser.page(phone=phone)
            self._pages[key].goto(self.browser.console + path)
        return _dressed(self._pages[key], dark, language)

    def at(self, name: str, *, phone: bool, dark: bool, language: str) -> Page:
        """A page of the console."""
        role, kind, _ = PAGES[name]
        key = (role, kind, phone)
        if key not in self._pages:
            self._pages[key] = self.browser.signed_in(role, kind, phone=phone)
        page = _dressed(self._pages[key], dark, language)
        page.goto(f"{self.browser.console}#{name}")
        return page


def _dressed(page: Page, dark: bool, language: str) -> Page:
    page.emulate_media(color_scheme="dark" if dark else "light")
    speak(page, language)
    return page


@pytest.fixture(scope="module")
def regulars(chromium: driver.Browser, stack: LocalStack) -> Iterator[Visitors]:
    browser = Browser(chromium, stack)
    try:
        yield Visitors(browser)
    finally:
        browser.close()


@pytest.fixture
def visitors(regulars: Visitors) -> Iterator[Visitors]:
    """Fails the test for script errors and violations of the policy, as `browser` does."""
    regulars.browser.faults.clear()
    yield regulars
    assert regulars.browser.faults == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", DOORS)
def test_a_door_is_for_everybody(visitors: Visitors, path: str, look: Any) -> None:
    page = visitors.at_door(path, **look)
    expect(DOORS[path](page)).to_be_visible()
    accessible(page)
    fits(page)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(visitors: Visitors, name: str, look: Any) -> None:
    page = visitors.at(name, **look)
    _, _, is_there = PAGES[name]
    expect(is_there(page)).to_be_visible()
    accessible(page)
    fits(page)


@pytest.mark.parametrize(
    ("kind", "names"), [("table", ["kitchen", "counter"]), ("delivery", ["routes", "orders"])]
)
def test_a_list_that_fails_to_load_shows_an_error_and_loads_again_at_a_tap(
    browser: Browser, kind: str, names: list[str]
) -> None:
    page = browser.signed_in("office_staff", kind, phone=True)
    page.goto(f"{browser.console}#account")
    for name in names:
        page.route("**/v1/orders?*", lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
        page.goto(f"{browser.console}#{name}")
        expect(page.get_by_text("無法載入")).to_be_visible()
        page.unroute("**/v1/orders?*")
        with page.expect_request("**/v1/orders?*", timeout=5000):
            page.get_by_role("button", name="再試一次").click()
        _, _, is_there = PAGES[name]
        expect(is_there(page)).to_be_visible()
    # The client logs the reason for reloading a list.
    browser.faults.clear()


def test_the_menu_of_a_phone_has_everything(browser: Browser) -> None:
    page = browser.signed_in("office_staff", phone=True, dark=True)
    page.get_by_role("button", name="更多").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("link", name="我的帳號")).to_be_visible()
    accessible(page)
    fits(page)
    sheet.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="More")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.locator("[name=password]")).to_be_visible()


def test_language_and_theme_are_stored_and_applied_at_once(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    page.goto(f"{browser.console}#account")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 18, 22)"
    connected(page)
    accessible(page)


def test_the_keyboard_is_enough(browser: Browser) -> None:
    login = browser.stack.login("office_staff")
    page = browser.page()
    page.goto(browser.console)
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(login["username"])
    page.keyboard.press("Tab")
    page.keyboard.type(login["password"])
    page.keyboard.press("Enter")
    connected(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_address_by_hand_leads_somewhere(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    for address in ("#nothing", "#%E0%A4%A", "#account/../../x"):
        page.goto(f"{browser.console}{address}")
        page.reload()
        connected(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
