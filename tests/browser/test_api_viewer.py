"""The API's documentation as a page: operations are found by their words, and tried with a token."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.browser import Browser, fits
from tests.e2e.client import Client


def opened(browser: Browser, page: Page) -> Page:
    page.goto(f"{browser.stack.info['rest_url']}/v1/docs")
    expect(operations(page).first).to_be_visible()
    return page


def operations(page: Page) -> Locator:
    return page.locator(".opblock-summary-path")


def find(page: Page, words: str, path: str) -> Locator:
    """Searches; the only operation that is found, opened."""
    page.locator(".operation-filter-input").fill(words)
    expect(operations(page)).to_have_count(1)
    expect(operations(page)).to_have_attribute("data-path", path)
    operation = page.locator(".opblock")
    operation.locator(".opblock-summary-control").click()
    return operation


def attempt(operation: Locator, status: int) -> Locator:
    """Sends the operation's request; the live answer."""
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_have_text(str(status))
    return answer


def test_an_operation_is_found_by_its_words_and_tried_with_the_consoles_session(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    me = Client(browser.stack, "office_staff").get("/v1/auth/me").json()
    opened(browser, page)
    expect(page.get_by_role("status")).to_contain_text(f"{me['name']} (office_staff)")
    operation = find(page, "the user of the token.", "/v1/auth/me")
    operation.get_by_role("button", name="Try it out").click()
    expect(attempt(operation, 200)).to_contain_text(me["username"])


def test_roles_are_shown_and_a_picture_is_downloaded(browser: Browser) -> None:
    boss = Client(browser.stack, "admin", "table")
    [table, *_] = boss.get("/v1/tables").json()["items"]
    page = opened(browser, browser.signed_in("admin", "table"))
    operation = find(page, "get tables_show_qr", "/v1/tables/{table_id}/qr")
    expect(operation).to_contain_text("x-roles")
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("tr[data-param-name=table_id] input").fill(table["id"])
    operation.locator(".responses-wrapper select.content-type").first.select_option("image/png")
    picture = attempt(operation, 200).get_by_role("link", name="Download answer.png")
    with page.expect_download() as download:
        picture.click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_without_a_session_an_entered_token_is_sent(browser: Browser) -> None:
    token = Client(browser.stack, "driver").tokens["access_token"]
    page = opened(browser, browser.page(phone=True, dark=True))
    operation = find(page, "get auth_me", "/v1/auth/me")
    operation.get_by_role("button", name="Try it out").click()
    expect(attempt(operation, 401)).to_contain_text("unauthenticated")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input").fill(token)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").click()
    expect(attempt(operation, 200)).to_contain_text('"role": "driver"')
    fits(page)
