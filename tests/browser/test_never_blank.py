"""A page is never blank: if any of its files cannot be loaded, it shows an error, and a retry shows the page."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import boto3
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chalicelib.core.clock import new_id
from infra.deploy import deploy
from infra.local.environment import ACCOUNT, REGION
from infra.packaging import CONTENT, ROOT, package
from tests.browser.browser import Browser, sign_in
from tests.browser.test_table import table_of
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_FILES: Final = "**/api/static/**"
# The retry buttons of the script in the page's head, and of the notice in place of a page that loads later.
_RETRY: Final = "#not-loaded button, .blank button"


Answer = Callable[[Route], None]


def refusal(status: int) -> Answer:
    return lambda route: route.fulfill(status=status, json={"code": "too_fast"})


def lost(route: Route) -> None:
    """The network fails."""
    route.abort()


class Document:
    """A document to open. shown: an element of the opened page. address: its URL."""

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
    return signed_in(browser, "office_staff", "main [type=search]")


def day(browser: Browser) -> Document:
    return signed_in(browser, "driver", "main .driver", phone=True)


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


# Each document, with the documents whose files are tested already.
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
    """Loads the page while a file fails, again while it fails in another way, and once more when it does not."""
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


def test_a_page_that_cannot_be_loaded_leaves_the_rest_of_the_tab_as_it_is(browser: Browser) -> None:
    opened = board(browser)
    page = opened.page
    expect(opened.shown).to_be_visible()
    page.evaluate("globalThis.tab = 'the same'")
    page.route(_FILES, refusal(404))
    page.evaluate("location.hash = '#reports'")
    notice = page.locator("main").get_by_role("alert")
    expect(notice).to_contain_text("頁面的檔案無法載入")
    page.evaluate("location.hash = '#orders'")
    expect(opened.shown).to_be_visible()
    page.evaluate("location.hash = '#reports'")
    expect(notice).to_be_visible()
    page.unroute(_FILES)
    notice.get_by_role("button", name="再試一次").click()
    expect(page.locator("main figure").first).to_be_visible()
    assert page.evaluate("globalThis.tab") == "the same"


def test_an_old_tab_goes_on_after_a_deployment_until_it_is_loaded_again(browser: Browser, tmp_path: Path) -> None:
    staff, version = Client(browser.stack, "office_staff"), new_id()
    opened = board(browser)
    page = opened.page
    expect(opened.shown).to_be_visible()
    with staff.listen() as listener:
        deploy_again(browser.stack, tmp_path, f"document.documentElement.dataset.version = '{version}';")
        order = staff.order()
        listener.until("order_created", id=order["id"])
    expect(page.locator(f".order-card[data-id='{order['id']}']")).to_be_visible()
    # Never opened before in this tab, and changed by the deployment.
    page.evaluate("location.hash = '#reports'")
    expect(page.locator("main figure").first).to_be_visible()
    expect(page.locator("html")).not_to_have_attribute("data-version", version)
    page.reload()
    expect(page.locator("main figure").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-version", version)


def deploy_again(stack: LocalStack, folder: Path, line: str) -> None:
    """Deploys a copy of the project with one more line in the reports' module. It stays deployed."""
    copy = folder / "project"
    for name in (*CONTENT, "infra/resources.json"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    with (copy / "chalicelib/static/console/office/reports.js").open("a", encoding="utf-8") as module:
        module.write(line)
    session = boto3.Session(ACCOUNT, "local", region_name=REGION)
    client = partial(session.client, endpoint_url=stack.info["emulator_url"])
    deploy("local", package("local", folder / "build", project=copy), may_lose=True, client=client)
