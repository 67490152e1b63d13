"""The office's board and new orders, as clerks use them."""

import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

from chalicelib.orders.status import STEPS, is_allowed_step
from tests.browser.browser import DESKTOP, PHONE, Browser, accessible, connected, fits
from tests.browser.modules import exported
from tests.e2e.client import Client

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "\u200fمرحبا 🔥🔥🔥",
    "龍" * 100,
]


def opened(browser: Browser, address: str = "orders", role: str = "office_staff", **look: Any) -> Page:
    page = browser.signed_in(role, **look)
    page.goto(f"{browser.console}#{address}")
    connected(page)
    return page


def card(page: Page, order: dict[str, Any]) -> Locator:
    return page.locator(f"[data-id='{order['id']}']")


def card_of(order: dict[str, Any]) -> str:
    return f"[data-id='{order['id']}']"


def column(page: Page, name: str) -> Locator:
    return page.locator(f"section[data-column={name}]")


def test_the_steps_on_the_board_are_the_servers() -> None:
    shown = exported("console/office/order-steps.js", "NEXT")
    table = STEPS["delivery"]
    allowed = {
        status: {to for to in table[status] if is_allowed_step("delivery", status, to, "office_staff")}
        for status in table
    }
    assert {status: set(steps) for status, steps in shown.items()} == allowed


def test_two_clerks_see_each_others_changes_within_a_second(browser: Browser) -> None:
    here, there = opened(browser), opened(browser, role="admin")
    client = Client(browser.stack, "admin")
    order = client.order(customer_name="看板測試", notes="二樓")
    for page in (here, there):
        expect(column(page, "pending").locator(card_of(order))).to_contain_text("看板測試")
    expect(card(here, order)).to_contain_text("新")
    card(here, order).get_by_role("button", name="確認訂單").click()
    expect(column(here, "confirmed").locator(card_of(order))).to_be_visible()
    began = time.monotonic()
    expect(column(there, "confirmed").locator(card_of(order))).to_be_visible()
    assert time.monotonic() - began < 1.0
    card(there, order).get_by_role("button", name="指派司機").click()
    there.get_by_role("dialog").get_by_role("button", name="陳大明").click()
    expect(column(here, "assigned").locator(card_of(order))).to_contain_text("陳大明")
    here.get_by_role("searchbox").fill("陳大明 看板")
    expect(here.locator(".order-card:visible")).to_have_count(1)
    here.get_by_role("searchbox").fill("沒有這個人")
    here.get_by_role("button", name="清除篩選").click()
    expect(card(here, order)).to_be_visible()


def test_a_card_is_dropped_where_it_may_go(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    order = client.order(customer_name="拖曳測試")
    page = opened(browser)
    card(page, order).drag_to(column(page, "delivered"))
    expect(column(page, "pending").locator(card_of(order))).to_be_visible()
    card(page, order).drag_to(column(page, "confirmed"))
    expect(column(page, "confirmed").locator(card_of(order))).to_be_visible()


def test_an_order_is_read_paid_edited_and_cancelled_beside_the_board(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    first, second = client.get("/v1/products").json()["items"][:2]
    order = client.order(customer_name="細節測試", items=[{"product_id": first["id"], "quantity": 1}])
    page = opened(browser)
    card(page, order).get_by_role("link").click()
    panel = page.locator("dialog.panel")
    expect(panel).to_contain_text(order["order_number"])
    assert page.url.endswith(f"#orders/{order['id']}")
    accessible(page)
    # A colleague's status change redraws the panel while the user reads it, and removes the focused button.
    panel.get_by_role("button", name="修改").focus()
    client.step(order["id"], "confirmed")
    expect(panel.locator(".badge").first).to_have_text("已確認")
    expect(panel.get_by_role("button", name="修改")).to_be_focused()
    panel.get_by_role("button", name="指派司機").focus()
    driver = client.get("/v1/drivers").json()["items"][0]
    client.post(f"/v1/orders/{order['id']}/assign", {"driver_id": driver["id"]})
    expect(panel.get_by_role("button", name="指派司機")).to_have_count(0)
    expect(panel.get_by_role("heading", name="細節測試")).to_be_focused()
    panel.get_by_role("button", name="修改").click()
    editor = page.get_by_role("dialog").last
    accessible(page)
    # Another user changes it while it is edited here.
    editor.locator("[name=notes]").fill("請按電鈴")
    editor.get_by_role("button", name=f"增加 {second['name']}").click()
    items = [{"product_id": first["id"], "quantity": 2}]
    client.patch(f"/v1/orders/{order['id']}", {"address": "臺北市大安區新地址9號", "items": items})
    editor.get_by_role("button", name="儲存").click()
    expect(editor.get_by_role("alert").filter(has_text="其他人也更新了")).to_contain_text("新地址9號")
    expect(editor.locator("[name=address]")).to_have_value("臺北市大安區新地址9號")
    editor.get_by_role("button", name="儲存").click()
    expect(panel).to_contain_text("請按電鈴")
    stored = client.get(f"/v1/orders/{order['id']}").json()
    assert (stored["notes"], stored["address"]) == ("請按電鈴", "臺北市大安區新地址9號")
    assert {item["product_id"]: item["quantity"] for item in stored["items"]} == {first["id"]: 2, second["id"]: 1}
    panel.get_by_role("button", name="標示為已付款").focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_text("已付款", exact=True)).to_be_visible()
    expect(panel.get_by_role("button", name="標示為已退款")).to_be_focused()
    panel.get_by_role("button", name="取消訂單").click()
    reason = page.get_by_role("dialog").last
    reason.get_by_role("button", name="客戶取消").click()
    reason.locator("form .primary").click()
    expect(panel.locator(".history")).to_contain_text("客戶取消")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(card(page, order)).to_have_count(0)
    expect(page).to_have_url(f"{browser.console}#orders")


def test_lines_keep_the_price_that_was_agreed_and_stay_once_they_are_paid(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    product = client.get("/v1/products", status="active").json()["items"][0]
    agreed = {"product_id": product["id"], "quantity": 1, "unit_price": "600"}
    order = client.order(
        customer_name="老客戶", items=[agreed, {"name": "運費", "quantity": 1, "unit_price": "50"}]
    )
    page = opened(browser)
    card(page, order).get_by_role("link").click()
    panel = page.locator("dialog.panel")
    panel.get_by_role("button", name="修改").click()
    editor = page.get_by_role("dialog").last
    line = editor.locator(".products li.chosen")
    expect(line).to_contain_text("600")
    line.get_by_role("button", name=f"增加 {product['name']}").click()
    editor.get_by_role("button", name="儲存").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    edited = client.get(f"/v1/orders/{order['id']}").json()
    lines = [(each["name"], each["quantity"], each["unit_price"]) for each in edited["items"]]
    assert lines == [(product["name"], 2, "600"), ("運費", 1, "50")]
    panel.get_by_role("button", name="標示為已付款").click()
    expect(panel.get_by_text("已付款", exact=True)).to_be_visible()
    panel.get_by_role("button", name="修改").click()
    editor = page.get_by_role("dialog").last
    expect(editor).to_contain_text("不能再修改品項")
    expect(editor.locator(".products")).to_have_count(0)
    accessible(page)


def test_a_lower_total_asks_for_a_reason_and_is_in_the_history_and_in_the_report(browser: Browser) -> None:
    client = Client(browser.stack, "office_staff")
    product = client.get("/v1/products", status="active").json()["items"][0]
    order = client.order(
        customer_name="減價測試", items=[{"product_id": product["id"], "quantity": 2, "unit_price": "480"}]
    )
    client.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"})
    page = opened(browser, role="admin")
    card(page, order).get_by_role("link").click()
    panel = page.locator("dialog.panel")
    panel.get_by_role("button", name="修改").click()
    page.get_by_role("dialog").last.get_by_role("button", name=f"減少 {product['name']}").click()
    page.get_by_role("dialog").last.get_by_role("button", name="儲存").click()
    question = page.get_by_role("dialog", name="為什麼要減價？")
    accessible(page)
    question.get_by_role("button", name="客戶減量").click()
    question.get_by_role("button", name="儲存").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    entry = panel.locator(".history li").filter(has_text="減價")
    expect(entry).to_contain_text("客戶減量")
    expect(entry).to_contain_text("960")
    page.goto(f"{browser.console}#reports")
    row = page.get_by_role("region", name="減價紀錄").get_by_role("row").filter(has_text="減價測試")
    expect(row).to_contain_text("客戶減量")
    expect(row).to_contain_text("480")
    accessible(page)


def test_the_second_of_two_users_sees_a_message_and_the_current_state(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    order = client.order(customer_name="競爭測試")
    page = opened(browser)
    expect(card(page, order)).to_be_visible()
    # A change without an event: the board does not receive it.
    client.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed", "notify": False})
    card(page, order).get_by_role("button", name="確認訂單").click()
    expect(page.locator(".toast.red")).to_be_visible()
    expect(column(page, "confirmed").locator(card_of(order))).to_be_visible()


def test_actions_made_offline_are_sent_afterwards(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    page = opened(browser)
    expect(page.locator(".board")).to_be_visible()
    page.context.set_offline(True)
    order = client.order(customer_name="離線時的訂單")
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(card(page, order)).to_be_visible()


def test_an_order_is_taken_with_the_keyboard_alone(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    page = opened(browser)
    expect(page.locator(".board")).to_be_visible()
    began = time.monotonic()
    page.keyboard.press("Alt+n")
    expect(page.get_by_role("combobox", name="客戶電話或姓名")).to_be_focused()
    page.keyboard.type("0912-345-601")
    page.keyboard.press("Enter")
    expect(page.locator(".product").first).to_be_focused()
    page.keyboard.press("2")
    expect(page.locator(".sum")).to_contain_text("480")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("訂單已建立：王淑芬")
    assert time.monotonic() - began < 20
    expect(page.locator(".board")).to_be_visible()
    newest = client.get("/v1/orders", limit=1).json()["items"][0]
    assert (newest["customer_name"], newest["total_price"]) == ("王淑芬", "480")


def test_an_order_that_got_no_answer_is_not_taken_twice(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    page = opened(browser, "new-order")
    page.get_by_role("combobox").first.fill("新來的客戶")
    page.get_by_role("option", name="新來的客戶").last.click()
    page.locator("[name=customer_phone]").fill("0987-654-321")
    page.locator("[name=address]").fill("臺北市中山區長安東路1號")
    page.locator(".product").first.click()

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/orders", lose, times=1)
    page.locator("form .primary").click()
    expect(page.get_by_role("alert").filter(has_text="可能已經建立")).to_be_visible()
    page.locator("form .primary").click()
    expect(page.locator(".toast")).to_contain_text("訂單已建立")
    customers = client.get("/v1/customers", q="新來的客戶").json()["items"]
    assert len(customers) == 1
    orders = client.get(f"/v1/customers/{customers[0]['id']}/orders").json()["items"]
    assert len(orders) == 1


def test_hostile_names_are_shown_as_they_are(browser: Browser) -> None:
    client = Client(browser.stack, "admin")
    orders = [client.order(customer_name=name, address=name, notes=name) for name in HOSTILE]
    driver = client.post("/v1/drivers", {"name": "駕" * 100}).json()
    assert client.step(orders[0]["id"], "confirmed").status_code == 200
    assert client.post(f"/v1/orders/{orders[0]['id']}/assign", {"driver_id": driver["id"]}).status_code == 200
    page = opened(browser, phone=True)
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    for order in orders[1:]:
        expect(card(page, order).get_by_role("link")).to_have_text(order["customer_name"])
    fits(page)
    page.get_by_role("button", name="已指派").click()
    expect(card(page, orders[0]).get_by_role("link")).to_have_text(orders[0]["customer_name"])
    fits(page)
    page.get_by_role("button", name="待確認").click()
    page.set_viewport_size(DESKTOP)
    fits(page)
    page.set_viewport_size(PHONE)
    card(page, orders[2]).get_by_role("link").click()
    expect(page.locator("dialog.panel")).to_contain_text(orders[2]["order_number"])
    fits(page)
    assert page.locator("main img, dialog img").count() == 0
