"""`make screenshots`: every page on a desktop and a phone, light and dark, in .local/screenshots."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from infra.packaging import ROOT
from tests.browser.browser import ARGUMENTS, MISSING, Browser, connected, installed
from tests.browser.test_looks import PAGES
from tests.browser.test_socket import opened, send_message
from tests.browser.test_table import table_of
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_LOOKS = {
    "desktop": (False, False),
    "desktop-dark": (False, True),
    "phone": (True, False),
    "phone-dark": (True, True),
}


def main() -> int:
    """Returns exit code 1 if there is no browser."""
    path = installed()
    if path is None:
        print(f"error: {MISSING}", file=sys.stderr)
        return 1
    target = ROOT / ".local" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        stack = LocalStack.start(Path(directory))
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            _take(Browser(chromium, stack), target)
            chromium.close()
        finally:
            stack.stop()
    return 0


def _take(browser: Browser, target: Path) -> None:
    link_texts(browser.stack)
    _, link = confirmed(browser, Client(browser.stack, "office_staff"))
    table = table_of(Client(browser.stack, "admin", "table"), "A9")
    for look, (phone, dark) in _LOOKS.items():
        door = browser.page(phone=phone, dark=dark)
        door.goto(browser.console)
        expect(door.locator("[name=password]")).to_be_visible()
        door.screenshot(path=target / f"sign-in.{look}.png")
        customer = browser.page(phone=phone, dark=dark)
        customer.goto(link)
        connected(customer)
        customer.screenshot(path=target / f"track.{look}.png")
        tester = opened(browser, "office_staff", phone=phone, dark=dark)
        for type_ in ("ping", "subscribe", "order_update"):
            send_message(tester, type_)
        expect(tester.locator("[data-type=error]")).to_be_visible()
        tester.screenshot(path=target / f"socket.{look}.png", full_page=True)
        _dine(browser.page(phone=phone, dark=dark), table["url"], target, look)
        for name, (role, kind, is_there) in PAGES.items():
            page = browser.signed_in(role, kind, phone=phone, dark=dark)
            page.goto(f"{browser.console}#{name}")
            expect(is_there(page)).to_be_visible()
            picture = target / f"{name.replace('/', '-')}.{look}.png"
            page.screenshot(path=picture)
            print(picture.relative_to(ROOT), flush=True)


def _dine(guest: Page, url: str, target: Path, look: str) -> None:
    """The guest's pages: the menu with a chosen dish, and the placed order."""
    guest.goto(url)
    connected(guest)
    for dish in guest.locator(".dish").all()[:2]:
        dish.get_by_role("button").last.click()
    guest.screenshot(path=target / f"table.{look}.png")
    guest.locator(".cart-bar").click()
    guest.locator(".send").click()
    expect(guest.locator(".mine").first).to_be_visible()
    guest.screenshot(path=target / f"table-ordered.{look}.png")


if __name__ == "__main__":
    sys.exit(main())
