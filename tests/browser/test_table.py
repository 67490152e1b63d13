"""A guest at a table: from the QR code to the dishes, beside the kitchen that cooks them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chalicelib.core.clock import new_id
from tests.browser.browser import Browser, accessible, connected, fits
from tests.browser.test_kitchen import HOSTILE, kitchen, ticket
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

NEVER: dict[str, Any] = {"weekly": {"mon": []}}


@pytest.fixture
def staff(stack: LocalStack) -> Client:
    return Client(stack, "admin", "table")


@pytest.fixture
def soup(staff: Client) -> Iterator[dict[str, Any]]:
    """A dish of the test's own."""
    yield (dish := dish_of(staff, f"測試湯 {new_id()[-4:]}"))
    staff.patch(f"/v1/products/{dish['id']}", {"status": "suspended"})


def dish_of(staff: Client, name: str, **values: Any) -> dict[str, Any]:
    answer = staff.post("/v1/products", {"name": name, "unit_price": "60", "category": "今日", **values})
    assert answer.status_code == 201, answer.text
    dish: dict[str, Any] = answer.json()
    return dish


def table_of(staff: Client, number: str | None = None) -> dict[str, Any]:
    """A new table. `url`: the address in its QR code."""
    answer = staff.post("/v1/tables", {"number": number or f"T-{new_id()[-6:]}"})
    assert answer.status_code == 201, answer.text
    table: dict[str, Any] = answer.json()
    return {**table, "url": staff.get(f"/v1/tables/{table['id']}/qr").json()["url"]}


def seated(browser: Browser, table: dict[str, Any], **look: Any) -> Page:
    page = browser.page(phone=True, **look)
    page.goto(table["url"])
    connected(page)
    expect(page.locator(".menu-section").first).to_be_visible()
    return page


def dish(page: Page, row: dict[str, Any]) -> Locator:
    return page.locator(f".menu-section .dish[data-dish='{row['id']}']")


def choose(page: Page, row: dict[str, Any], times: int = 1) -> None:
    for _ in range(times):
        dish(page, row).get_by_role("button").last.click()


def orders_of(staff: Client, table: dict[str, Any]) -> list[dict[str, Any]]:
    rows = staff.get("/v1/orders", limit=100).json()["items"]
    return [row for row in rows if row["table_number"] == table["number"]]


@pytest.mark.parametrize("code", ["", "nothing", "%E0%A4%A"])
def test_an_unknown_code_shows_a_request_to_scan_again(browser: Browser, code: str) -> None:
    page = browser.page(phone=True)
    page.goto(f"{browser.console}/table#{code}")
    expect(page.get_by_role("heading", name="請重新掃描 QR 碼")).to_be_visible()
    fits(page)


def test_an_order_is_in_the_kitchen_at_once_and_its_steps_are_at_the_table(
    browser: Browser, staff: Client, soup: dict[str, Any]
) -> None:
    table = table_of(staff)
    cook = kitchen(browser)
    guest = seated(browser, table, dark=True)
    choose(guest, soup, 2)
    guest.locator(".cart-bar").click()
    guest.locator("[name=notes]").fill("不要香菜")
    expect(guest.locator(".cart-sheet .bought-total")).to_contain_text("$120")
    accessible(guest)
    fits(guest)
    guest.locator(".send").click()
    mine = guest.locator(".mine")
    expect(mine).to_contain_text("等待店家接單")
    [order] = orders_of(staff, table)
    for status in ("pending", "confirmed"):
        expect(ticket(cook, order, status)).to_contain_text("不要香菜")
        # Not within a double tap of the step before.
        expect(ticket(cook, order, status).get_by_role("button")).not_to_have_attribute("aria-busy", "true")
        ticket(cook, order, status).get_by_role("button").click()
    expect(mine).to_contain_text("製作中")
    expect(mine.locator("[data-state=now]")).to_contain_text("製作")
    choose(guest, soup)
    guest.locator(".cart-bar").click()
    expect(guest.get_by_role("dialog").get_by_label("備註")).to_have_value("")
    guest.locator(".send").click()
    expect(mine).to_have_count(2)
    expect(guest.locator(".visit")).to_contain_text("$180")
    # A camera opens each scan in another tab.
    rescanned = guest.context.new_page()
    rescanned.goto(table["url"])
    expect(rescanned.locator(".mine")).to_have_count(2)
    rescanned.close()
    accessible(guest)
    staff.post(f"/v1/orders/{order['id']}/status", {"status": "cancelled", "reason": "secret"})
    expect(mine.last).to_contain_text("已取消")
    expect(guest.locator(".visit")).to_contain_text("$60")


def test_after_a_lost_answer_it_is_ordered_once(browser: Browser, staff: Client, soup: dict[str, Any]) -> None:
    table = table_of(staff)
    guest = seated(browser, table)
    keys = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    guest.route(lambda url: url.endswith("/v1/orders"), lose, times=1)
    choose(guest, soup)
    guest.locator(".cart-bar").click()
    guest.locator(".send").click()
    expect(guest.get_by_role("alert")).to_contain_text("不會重複點餐")
    expect(dish(guest, soup).get_by_role("button").last).to_be_disabled()
    # Neither waiting nor leaving makes a second one.
    guest.reload()
    expect(guest.locator(".mine")).to_have_count(1)
    expect(guest.locator(".unsure")).to_be_hidden()
    assert len(orders_of(staff, table)) == 1
    assert len(keys) == 1


def test_a_refused_order_is_explained_and_its_items_stay_chosen(
    browser: Browser, staff: Client, soup: dict[str, Any]
) -> None:
    table = table_of(staff)
    guest = seated(browser, table)
    other = dish_of(staff, f"測試飯 {new_id()[-4:]}", unit_price="40")
    guest.reload()
    choose(guest, soup)
    choose(guest, other)
    guest.locator(".cart-bar").click()
    sheet = guest.locator(".cart-sheet")

    def refused(text: str) -> None:
        sheet.locator(".send").click()
        expect(sheet.get_by_role("alert")).to_contain_text(text)

    staff.patch(f"/v1/products/{other['id']}", {"unit_price": "45"})
    refused("現在合計是 $105")
    expect(sheet).to_contain_text("原價 $40")
    staff.patch(f"/v1/products/{soup['id']}", {"available": False})
    refused(f"「{soup['name']}」剛剛賣完了")
    expect(sheet.locator(".bought-total")).to_contain_text("$45")
    hours = staff.get("/v1/opening-hours").json()
    staff.put("/v1/opening-hours", NEVER)
    try:
        refused("目前非供餐時間")
        expect(sheet.locator(".send")).to_be_disabled()
        accessible(guest)
    finally:
        staff.put("/v1/opening-hours", {"weekly": hours["weekly"]})
    guest.reload()
    # Its connection was made with the old code; a new connection would be refused.
    connected(guest)
    guest.locator(".cart-bar").click()
    staff.post(f"/v1/tables/{table['id']}/qr")
    refused("重新掃描")
    guest.reload()
    expect(guest.get_by_role("heading", name="請重新掃描 QR 碼")).to_be_visible()
    accessible(guest)
    assert orders_of(staff, table) == []


def test_a_guest_without_a_network_sees_a_notice_and_the_current_state_afterwards(
    browser: Browser, staff: Client, soup: dict[str, Any]
) -> None:
    table = table_of(staff)
    guest = seated(browser, table, language="en")
    choose(guest, soup)
    guest.locator(".cart-bar").click()
    guest.locator(".send").click()
    expect(guest.locator(".mine")).to_have_count(1)
    choose(guest, soup, 3)
    guest.context.set_offline(True)
    expect(guest.locator(".state")).to_have_attribute("data-state", "offline")
    [order] = orders_of(staff, table)
    for status in ("confirmed", "preparing", "ready"):
        staff.step(order["id"], status)
    guest.context.set_offline(False)
    connected(guest)
    expect(guest.locator(".mine")).to_contain_text("Ready")
    guest.reload()
    expect(guest.locator(".cart-bar")).to_contain_text("× 3")
    expect(guest.locator(".mine")).to_contain_text("Ready")
    stored = guest.evaluate("JSON.stringify(localStorage)")
    assert "token" not in stored
    assert "cart" not in stored


def test_hostile_names_at_a_table_are_shown_as_they_are(browser: Browser, staff: Client) -> None:
    row = dish_of(staff, HOSTILE[:100], description=HOSTILE, category=HOSTILE[:100])
    table = table_of(staff, f"<b>\u200fلح 🍜{new_id()[-6:]}")
    guest = seated(browser, table)
    guest.on("dialog", lambda _: browser.faults.append("a script ran"))
    expect(dish(guest, row).locator("h3")).to_have_text(HOSTILE[:100])
    choose(guest, row)
    guest.locator(".cart-bar").click()
    guest.locator("[name=notes]").fill(HOSTILE)
    fits(guest)
    guest.locator(".send").click()
    expect(guest.locator(".mine bdi").last).to_have_text(HOSTILE)
    assert guest.locator("main img, main b").count() == 0
    accessible(guest)
    fits(guest)
    staff.patch(f"/v1/products/{row['id']}", {"status": "suspended"})
