"""A restaurant's counter, menu, tables and hours: changes appear on other screens and guests' pages."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.core.clock import new_id
from tests.browser.browser import Browser, accessible, connected, fits
from tests.browser.test_kitchen import HOSTILE, kitchen, ordered, ticket
from tests.browser.test_table import choose, dish, dish_of, seated, table_of
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack


@pytest.fixture
def staff(stack: LocalStack) -> Client:
    return Client(stack, "admin", "table")


def opened(browser: Browser, name: str, role: str = "office_staff", **look: Any) -> Page:
    page = browser.signed_in(role, "table", **look)
    page.goto(f"{browser.console}#{name}")
    expect(page.locator("main .skeleton")).to_have_count(0)
    return page


def row(page: Page, order: dict[str, Any]) -> Locator:
    return page.locator(f".bill-order[data-order='{order['id']}']")


def test_an_order_is_taken_by_hand_once_and_the_truth_is_there_after_an_outage(
    browser: Browser, staff: Client
) -> None:
    table, rice = table_of(staff), dish_of(staff, f"飯 {new_id()[-4:]}")
    page = opened(browser, f"counter/new/{table['number']}")
    page.get_by_role("button", name=f"增加 {rice['name']}").click()
    page.route(lambda url: url.endswith("/v1/orders"), lambda route: (route.fetch(), route.abort()), times=1)
    page.get_by_role("button", name="送出點餐").click()
    expect(page.get_by_role("alert")).to_contain_text("不會重複點餐")
    page.get_by_role("button", name="送出點餐").click()
    bill = page.get_by_role("article", name=f"{table['number']} 桌")
    expect(bill.locator(".bill-order")).to_have_count(1)
    page.context.set_offline(True)
    more = ordered(staff, table_number=table["number"])
    page.context.set_offline(False)
    connected(page)
    expect(row(page, more)).to_be_visible()
    expect(bill).to_contain_text("收款 $380")
    staff.patch(f"/v1/products/{rice['id']}", {"status": "suspended"})


def test_a_guests_order_is_at_the_counter_at_once_and_is_paid_and_completed_there(
    browser: Browser, staff: Client
) -> None:
    table, noodles = table_of(staff), dish_of(staff, f"麵 {new_id()[-4:]}")
    till, cook = opened(browser, "counter"), kitchen(browser)
    guest = seated(browser, table)
    choose(guest, noodles, 2)
    guest.locator(".cart-bar").click()
    guest.locator(".send").click()
    bill = till.get_by_role("article", name=f"{table['number']} 桌")
    expect(bill).to_contain_text("收款 $120")
    order = {"id": bill.locator(".bill-order").get_attribute("data-order")}
    row(till, order).get_by_role("button", name="接單").click()
    expect(ticket(cook, order, "confirmed")).to_be_visible(timeout=1000)
    for status in ("preparing", "ready", "served"):
        staff.step(str(order["id"]), status)
    expect(row(till, order)).to_contain_text("已送餐")
    bill.get_by_role("button", name="收款").click()
    till.locator("[name=given]").fill("500")
    expect(till.get_by_role("dialog")).to_contain_text("找零 $380")
    till.get_by_text("LINE Pay").click()
    till.get_by_role("dialog").get_by_role("button", name="收款").click()
    expect(bill).to_have_count(0)
    expect(guest.locator(".mine")).to_contain_text("已結帳")
    now = staff.get(f"/v1/orders/{order['id']}").json()
    assert (now["status"], now["payment_status"], now["payment_method"]) == ("completed", "paid", "line_pay")
    staff.patch(f"/v1/products/{noodles['id']}", {"status": "suspended"})


def test_the_counter_cancels_with_a_reason_and_gives_money_back(browser: Browser, staff: Client) -> None:
    page = opened(browser, "counter", phone=True, dark=True)
    order = ordered(
        staff,
        table_number=HOSTILE[:100],
        notes=HOSTILE,
        items=[{"name": HOSTILE[:100], "quantity": 1, "unit_price": "1"}],
    )
    expect(row(page, order).locator("bdi").first).to_contain_text(HOSTILE[:100])
    assert page.locator("main img").count() == 0
    fits(page)
    # The kitchen is quicker by a step, which changes nothing about the money.
    page.route("**/payment", lambda route: (staff.step(order["id"], "confirmed"), route.continue_()), times=1)
    page.locator("article", has=row(page, order)).get_by_role("button", name="收款").click()
    accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="收款").click()
    expect(row(page, order)).to_contain_text("已付款")
    row(page, order).get_by_role("button", name="取消").click()
    page.get_by_role("button", name="賣完了").click()
    page.get_by_role("button", name="取消訂單").click()
    expect(row(page, order)).to_contain_text("已取消")
    row(page, order).get_by_role("button", name="退款").click()
    page.get_by_role("dialog").get_by_role("button", name="退款").click()
    expect(row(page, order)).to_have_count(0)
    now = staff.get(f"/v1/orders/{order['id']}").json()
    assert (now["history"][-1]["reason"], now["payment_status"]) == ("賣完了", "refunded")


def test_sold_out_is_one_tap_and_the_guest_cannot_order_it(browser: Browser, staff: Client) -> None:
    page = opened(browser, "menu")
    name = f"{HOSTILE[:90]}{new_id()[-6:]}"
    page.get_by_role("button", name="新增餐點").click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=unit_price]").fill("88.5")
    page.locator("[name=category]").fill("今日")
    page.get_by_role("button", name="儲存").click()
    mine = page.locator(".menu-rows li", has=page.get_by_text(name, exact=True))
    expect(mine).to_contain_text("$88.5")
    made = {"id": mine.get_attribute("data-dish")}
    accessible(page)
    fits(page)
    mine.get_by_role("switch").click()
    expect(mine.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    guest = seated(browser, table_of(staff))
    expect(dish(guest, made)).to_contain_text("售完")
    expect(dish(guest, made).get_by_role("button")).to_have_count(0)
    # Another user is faster; then the dish is removed from the menu.
    staff.patch(f"/v1/products/{made['id']}", {"unit_price": "90"})
    mine.get_by_role("switch").click()
    expect(page.locator(".toast.red")).to_contain_text("剛被其他人修改")
    expect(mine).to_contain_text("$90")
    mine.get_by_role("button", name="修改").click()
    page.get_by_role("button", name="停售").click()
    page.get_by_role("dialog").last.get_by_role("button", name="停售").click()
    expect(mine.get_by_role("button", name="重新上架")).to_be_visible()
    guest.reload()
    connected(guest)
    expect(dish(guest, made)).to_have_count(0)


def test_a_tables_code_is_shown_downloaded_renewed_and_printed(browser: Browser, staff: Client) -> None:
    page = opened(browser, "tables")
    number = f"<i>桌{new_id()[-4:]}"
    page.get_by_role("button", name="新增桌位").click()
    page.locator("[name=number]").fill("A1")
    page.get_by_role("button", name="儲存").click()
    expect(page.get_by_role("alert")).to_contain_text("已經有同號的桌子")
    page.locator("[name=number]").fill(number)
    page.get_by_role("button", name="儲存").click()
    card = page.locator(".table-card", has=page.get_by_role("heading", name=number, exact=True))
    card.get_by_role("button", name="QR 碼").click()
    before = page.locator("img.qr").get_attribute("src")
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"下載 {kind}").click()
        assert download.value.path().read_bytes().startswith(begins)
    accessible(page)
    page.get_by_role("button", name="更換 QR 碼").click()
    page.get_by_role("dialog").last.get_by_role("button", name="更換 QR 碼").click()
    expect(page.locator(".toast").last).to_contain_text("已更換")
    expect(page.locator("img.qr")).not_to_have_attribute("src", before or "")
    page.keyboard.press("Escape")
    page.goto(f"{browser.console}#tables/print")
    expect(page.locator(".table-cards li", has_text=number).locator("img")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".pages")).to_be_hidden()
    expect(page.get_by_role("button", name="列印")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="回到桌位").click()
    card.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(card).to_contain_text("已停用")
    expect(card.get_by_role("button", name="QR 碼")).to_have_count(0)


def test_hours_are_changed_by_admins_and_bind_guests_at_once(browser: Browser, staff: Client) -> None:
    before = staff.get("/v1/opening-hours").json()
    page = opened(browser, "hours", "admin")
    guest = seated(browser, table_of(staff))
    try:
        spans = page.get_by_role("button", name="第 1 段")
        for _ in range(spans.count()):
            spans.first.click()
        page.get_by_role("button", name="星期一 新增時段").click()
        page.get_by_label("星期一 第 1 段結束").fill("11:00")
        page.get_by_role("button", name="儲存").click()
        expect(page.get_by_role("alert")).to_contain_text("星期一 的時段重疊")
        page.get_by_role("button", name="移除 星期一").click()
        page.get_by_role("button", name="新增日子").click()
        page.get_by_label("日期", exact=True).fill("2099-12-31")
        accessible(page)
        fits(page)
        page.get_by_role("button", name="儲存").click()
        expect(page.locator(".badge.amber")).to_contain_text("目前不接受點餐")
        guest.reload()
        expect(guest.get_by_text("目前非供餐時間")).to_be_visible()
        # Another user is faster.
        staff.put("/v1/opening-hours", {"weekly": before["weekly"]})
        page.get_by_role("button", name="星期日 新增時段").click()
        page.get_by_role("button", name="儲存").click()
        expect(page.locator(".toast.red")).to_contain_text("其他人剛修改了")
        expect(page.get_by_label("星期一 第 1 段開始")).to_have_value("00:00")
    finally:
        staff.put("/v1/opening-hours", {"weekly": before["weekly"]})
    reader = opened(browser, "hours")
    expect(reader.get_by_text("只有管理者可以修改")).to_be_visible()
    expect(reader.get_by_role("button", name="儲存")).to_have_count(0)


def test_a_tables_31st_order_waits_at_the_counter_until_it_is_confirmed(browser: Browser, staff: Client) -> None:
    table, noodles = table_of(staff), dish_of(staff, f"麵 {new_id()[-4:]}")
    qr = staff.get(f"/v1/tables/{table['id']}/qr").json()["qr"]
    body = {"items": [{"menu_item_id": noodles["id"], "quantity": 1}]}
    for _ in range(2):
        token = staff.post("/v1/guests/table", {"qr": qr}).json()["access_token"]
        for _ in range(15):
            made = staff.post("/v1/orders", body, headers={"Authorization": f"Bearer {token}"})
            assert made.status_code == 201, made.text
    till, cook, guest = opened(browser, "counter"), kitchen(browser), seated(browser, table)
    choose(guest, noodles)
    guest.locator(".cart-bar").click()
    guest.get_by_role("button", name="送出點餐").click()
    expect(guest.locator(".mine").first).to_contain_text("請告訴服務人員")
    [held] = [each for each in staff.get("/v1/orders", limit=100).json()["items"] if each["needs_confirmation"]]
    expect(till.get_by_role("status").filter(has_text="1 筆訂單需要確認")).to_be_visible()
    expect(row(till, held)).to_contain_text("需確認")
    expect(cook.get_by_role("link", name="1 張訂單等待櫃檯確認")).to_be_visible()
    expect(cook.locator(f"[data-order='{held['id']}']")).to_have_count(0)
    row(till, held).get_by_role("button", name="接單").click()
    expect(ticket(cook, held, "confirmed")).to_be_visible()
    expect(row(till, held)).not_to_contain_text("需確認")
    expect(guest.locator(".mine").first).to_contain_text("店家已接單")
    accessible(till)
    for order in staff.get("/v1/orders", status="pending,confirmed", limit=100).json()["items"]:
        if order["table_number"] == table["number"]:
            staff.post(f"/v1/orders/{order['id']}/status", {"status": "cancelled"})
    staff.patch(f"/v1/products/{noodles['id']}", {"status": "suspended"})
