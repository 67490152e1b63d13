"""`make screenshots`: every page as people see it, on a desktop and a phone, light and dark, in .local/screenshots."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from infra.packaging import ROOT
from tests.browser.browser import ARGUMENTS, Browser, found
from tests.browser.test_looks import PAGES
from tests.e2e.stack import LocalStack

_LOOKS = {
    "desktop": {"phone": False, "dark": False},
    "desktop-dark": {"phone": False, "dark": True},
    "phone": {"phone": True, "dark": False},
    "phone-dark": {"phone": True, "dark": True},
}


def main() -> int:
    target = ROOT / ".local" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        stack = LocalStack.start(Path(directory))
        try:
            chromium = playwright.chromium.launch(executable_path=found(), args=ARGUMENTS)
            _take(Browser(chromium, stack), target)
            chromium.close()
        finally:
            stack.stop()
    return 0


def _take(browser: Browser, target: Path) -> None:
    for look, options in _LOOKS.items():
        door = browser.page(**options)
        door.goto(browser.console)
        expect(door.locator("[name=password]")).to_be_visible()
        door.screenshot(path=target / f"sign-in.{look}.png")
        for name, (role, kind, is_there) in PAGES.items():
            page = browser.signed_in(role, kind, **options)
            page.goto(f"{browser.console}#{name}")
            expect(is_there(page)).to_be_visible()
            page.screenshot(path=target / f"{name}.{look}.png")
            print(target.relative_to(ROOT) / f"{name}.{look}.png", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
