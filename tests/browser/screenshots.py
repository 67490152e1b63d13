"""`make screenshots`: every page on a desktop and a phone, light and dark, in .local/screenshots."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from infra.packaging import ROOT
from tests.browser.browser import ARGUMENTS, MISSING, Browser, connected, installed
from tests.browser.test_looks import PAGES
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
    """Exit code 1 where there is no browser."""
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
    for look, (phone, dark) in _LOOKS.items():
        door = browser.page(phone=phone, dark=dark)
        door.goto(browser.console)
        expect(door.locator("[name=password]")).to_be_visible()
        door.screenshot(path=target / f"sign-in.{look}.png")
        customer = browser.page(phone=phone, dark=dark)
        customer.goto(link)
        connected(customer)
        customer.screenshot(path=target / f"track.{look}.png")
        for name, (role, kind, is_there) in PAGES.items():
            page = browser.signed_in(role, kind, phone=phone, dark=dark)
            page.goto(f"{browser.console}#{name}")
            expect(is_there(page)).to_be_visible()
            picture = target / f"{name.replace('/', '-')}.{look}.png"
            page.screenshot(path=picture)
            print(picture.relative_to(ROOT), flush=True)


if __name__ == "__main__":
    sys.exit(main())
