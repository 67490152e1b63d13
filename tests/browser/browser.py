"""Browser contexts for tests: signed in or not, on a desktop or a phone."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import playwright.sync_api as driver
from playwright.sync_api import Page, expect

from infra.packaging import ROOT
from tests.e2e.stack import LocalStack
from tests.missing_tools import skip_or_fail
from tests.patience import MS

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_MAC: Final = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_AXE: Final = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
_WCAG_AA: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Refused requests and handshakes are in the console, too; those are the server's right, or the network's.
_REFUSED: Final = re.compile(
    r"Failed to load resource|"
    r"WebSocket connection to .* failed: (Error in|Error during.*Unexpected response code|HTTP)"
)
MISSING: Final = (
    "no Chromium or Chrome in the PATH: install one (on Debian and Ubuntu: "
    "apt-get install chromium fonts-noto-cjk), or "
    "say where it is with BROWSER_PATH"
)

# Each window has an address bar, in headless Chromium too, and keeps two hidden pages ready for its suggestions:
# two thirds of the CPU that it takes to open one.
_IDLE: Final = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
# Chromium uses only the last of several such lists, so this one repeats the features that Playwright turns off.
_PLAYWRIGHTS: Final = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
# Root, as in containers, has no sandbox; a machine without a graphics card need not look for one.
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--disable-features={_PLAYWRIGHTS},{_IDLE}",
]
DESKTOP: Final = driver.ViewportSize(width=1280, height=800)
PHONE: Final = driver.ViewportSize(width=360, height=740)


@contextmanager
def launched() -> Iterator[driver.Browser]:
    """The browser that is installed. Without one the tests are skipped on a laptop, and fail in CI."""
    path = installed()
    if path is None:
        skip_or_fail(MISSING)
    with driver.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


def installed() -> str | None:
    """This machine's browser; None if it has none."""
    named = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return os.environ.get("BROWSER_PATH") or named or (str(_MAC) if _MAC.exists() else None)


class Browser:
    """A browser in front of a stack. `console` is the console's address, `faults` what no page may do."""

    def __init__(self, chromium: driver.Browser, stack: LocalStack) -> None:
        self.stack = stack
        self.console: str = stack.info["console_url"]
        self.faults: list[str] = []
        self._chromium = chromium
        self._contexts: list[driver.BrowserContext] = []

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def page(
        self,
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "zh-TW",
        locale: str = "zh-TW",
        **more: Any,
    ) -> Page:
        """An empty page in a new browser context, which shares no state with others.

        language: chosen in the console before; locale: the browser's own, which it asks servers for.
        """
        context = self._chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            locale=locale,
            **more,
        )
        context.set_default_timeout(MS)
        expect.set_options(timeout=MS)
        if language != "zh-TW":
            # An empty page has no storage.
            context.add_init_script(
                f"try {{ localStorage.setItem('luckygas.language', '{language}') }} catch {{}}"
            )
        self._contexts.append(context)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", self._note)
        return context.new_page()

    def signed_in(self, role: str, kind: str = "delivery", **look: Any) -> Page:
        """The console of a seeded login, connected."""
        login = self.stack.login(role, kind)
        page = self.page(**look)
        page.goto(self.console)
        sign_in(page, login["username"], login["password"])
        connected(page)
        return page

    def _note(self, message: driver.ConsoleMessage) -> None:
        if message.type == "error" and not _REFUSED.match(message.text):
            self.faults.append(message.text)


def sign_in(page: Page, username: str, password: str) -> None:
    """Fills in the door's form and sends it, in whichever language."""
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("form .primary").click()


def connected(page: Page) -> None:
    """Waits until all changes are shown."""
    expect(page.locator(".state")).to_have_attribute("data-state", "live")


def speak(page: Page, language: str) -> None:
    """Changes the language with the page's button, which is in the menu on a phone: the page is drawn again."""
    other = page.locator("button[lang]").first
    other.wait_for(state="attached")
    if (other.get_attribute("lang") == "en") == (language == "en"):
        other.evaluate("(button) => button.click()")


def accessible(page: Page) -> None:
    """Asserts WCAG 2.2 AA as far as axe can tell."""
    if page.evaluate("typeof axe === 'undefined'"):
        # Through the debugger, which the page's policy does not bind.
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": _WCAG_AA}, "resultTypes": ["violations"]}
    result = page.evaluate("(options) => axe.run(document, options)", options)
    received = [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    assert received == []


def fits(page: Page) -> None:
    """Asserts that no element is wider than the window."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{wider} pixels wider than the window"
