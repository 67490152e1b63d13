"""Messages, alerts and notifications above every page until they are dismissed, and the tokens of displays."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.browser import Browser, accessible, connected, fits, sign_in
from tests.browser.test_delivery import Road
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack

_HOSTILE = "<img src=x onerror=alert(1)>\u200fمرحبا\n請先回公司。" + "王" * 40
_COUNT_SOUNDS = """
    window.rung = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) { window.rung++; start.call(this, when); };
"""
# A chime has two notes.
_CHIME = 2


def notices(page: Page) -> Locator:
    return page.locator(".announcements .notice")


def dismiss(notice: Locator) -> None:
    notice.get_by_role("button", name="關閉").click()


def device_of(browser: Browser, login: dict[str, str], **look: Any) -> Page:
    page = browser.page(**look)
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    return page


def test_messages_to_an_offline_driver_are_on_each_device_once_until_they_are_dismissed(
    browser: Browser, stack: LocalStack
) -> None:
    road = Road(stack)
    desk = browser.signed_in("office_staff")
    desk.goto(f"{browser.console}#drivers")
    for text in ("第一則", _HOSTILE):
        desk.locator(f'[data-driver="{road.driver["id"]}"]').get_by_role("button", name="傳訊息給").click()
        form = desk.get_by_role("dialog")
        form.locator("[name=content]").fill("  ")
        form.get_by_role("button", name="傳送").click()
        expect(form.locator("[aria-invalid]")).to_be_focused()
        form.locator("[name=content]").fill(text)
        accessible(desk)
        form.get_by_role("button", name="傳送").click()
        expect(desk.locator(".toast").last).to_contain_text("訊息已送出")

    phone, other = device_of(browser, road.login, phone=True), device_of(browser, road.login)
    for device in (phone, other):
        expect(notices(device)).to_have_count(2)
        expect(notices(device).nth(0)).to_contain_text("<img src=x onerror=alert(1)>")
        expect(notices(device).nth(1)).to_contain_text(re.compile("的訊息.*第一則"))
    accessible(phone)
    fits(phone)

    # The newer one first: `seen` cannot say so, and the older one must not be lost.
    dismiss(notices(phone).nth(0))
    expect(notices(phone).get_by_role("button")).to_be_focused()
    phone.reload()
    expect(notices(phone)).to_contain_text(["第一則"])
    dismiss(notices(phone))
    expect(notices(phone)).to_have_count(0)
    driver = Client.signing_in(stack, road.login["username"], road.login["password"])
    channel = f"user:{driver.get('/v1/auth/me').json()['id']}"
    position = {"channel": channel, "cursor": 0}
    eventually(lambda: driver.post("/v1/realtime/seen", position).json()["cursor"] >= 2, "both seen")

    # A notification dismissed on one device is dismissed on all, and that of an assignment opens its order.
    [order] = road.orders(1)
    answer = road.office.post(f"/v1/orders/{order['id']}/assign", {"driver_id": road.driver["id"]})
    assert answer.status_code == 200, answer.text
    for device in (phone, other):
        device.reload()
        expect(notices(device).filter(has_text="您有新的配送任務")).to_have_count(1)
        expect(notices(device)).to_have_count(1)
    notices(phone).get_by_role("link", name="查看").click()
    expect(phone.locator(f'[data-order="{order["id"]}"] summary')).to_be_focused()


def test_an_overdue_order_rings_on_any_page_of_the_office_and_leads_to_the_order(
    browser: Browser, stack: LocalStack
) -> None:
    office, admin = Client(stack, "office_staff"), Client(stack, "admin")
    order = office.order(customer_name="逾時的訂單")
    page = browser.page()
    page.add_init_script(_COUNT_SOUNDS)
    login = stack.login("office_staff")
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    page.goto(f"{browser.console}#customers")
    connected(page)
    order_action = {"type": "view_order", "order_id": order["id"]}
    many = {"type": "view_orders", "date": "2026-11-29"}
    for n in range(5):
        action = order_action if n else many
        data = {"title": "訂單逾時", "message": f"測試逾時 {n}", "severity": "warning", "action": action}
        message = {"channel": "orders", "type": "notification", "data": data}
        assert office.post("/v1/realtime/publish", message).status_code == 202
    tools = page.locator(".announcements .tools")
    mine = notices(page).filter(has_text="測試逾時")
    expect(mine).to_have_count(3)
    # The stack's own schedule may announce overdue orders, too.
    tools.get_by_role("button", name=re.compile(r"還有 \d+ 則")).click()
    expect(mine).to_have_count(5)
    assert page.evaluate("rung") >= _CHIME
    page.reload()
    tools.get_by_role("button", name=re.compile(r"還有 \d+ 則")).click()
    expect(mine).to_have_count(5)
    accessible(page)
    expect(mine.last.get_by_role("link", name="查看")).to_have_attribute("href", "#orders")
    mine.first.get_by_role("link", name="查看").click()
    expect(page.locator("dialog.panel")).to_contain_text("逾時的訂單")
    page.get_by_role("dialog").get_by_role("button", name="關閉").first.click()
    # Off means off, for notifications and for new orders.
    page.get_by_role("button", name="提示音：開").click()
    # Another tab of this browser, whose own user reads the same alert.
    twin = page.context.new_page()
    twin.goto(browser.console)
    connected(twin)
    data = {"message": "今晚維護", "severity": "warning"}
    alert = {"channel": "system", "type": "maintenance.alert", "data": data}
    assert office.post("/v1/realtime/publish", alert).status_code == 202
    expect(notices(twin).filter(has_text="今晚維護")).to_have_count(1)
    expect(notices(page).filter(has_text="今晚維護")).to_have_count(1)
    tools.get_by_role("button", name="全部關閉").click()
    expect(notices(page)).to_have_count(0)
    expect(page.locator("main")).to_be_focused()
    expect(notices(twin)).to_have_count(0)
    twin.close()
    quiet = admin.order(customer_name="安靜的訂單")
    expect(page.locator(f'[data-id="{quiet["id"]}"]')).to_be_visible()
    assert page.evaluate("rung") == 0
    page.get_by_role("button", name="提示音：關").click()
    admin.order(customer_name="響鈴的訂單")
    # Once for the button, and once for the order.
    eventually(lambda: page.evaluate("rung") >= 2 * _CHIME, "the sound")
    expect(page).to_have_title(re.compile(r"^\(2\)"))


def test_a_display_token_is_shown_once_works_and_is_revoked(browser: Browser, stack: LocalStack) -> None:
    page = browser.signed_in("admin")
    page.goto(f"{browser.console}#displays")
    page.get_by_role("button", name="新增權杖").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=name]").fill("門市電視")
    dialog.locator("[name=expires_in_days]").fill("366")
    dialog.get_by_role("button", name="新增權杖").click()
    expect(dialog.locator("[name=expires_in_days]")).to_be_focused()
    dialog.locator("[name=expires_in_days]").fill("7")
    dialog.get_by_role("button", name="新增權杖").click()
    expect(dialog).to_contain_text("只顯示這一次")
    accessible(page)
    address = dialog.get_by_role("textbox", name="連線位址").input_value()
    assert address.startswith("ws://")
    assert address.endswith("/display/" + dialog.get_by_role("textbox", name="權杖").input_value())
    dialog.get_by_role("button", name="完成").click()

    page.evaluate(
        """(address) => {
             window.messages = [];
             const socket = new WebSocket(address + "/ws");
             socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
             socket.onclose = () => messages.push({ type: "closed" });
           }""",
        address,
    )

    def types() -> list[str]:
        found: list[str] = page.evaluate("messages.map(({ type, code }) => code ?? type)")
        return found

    eventually(lambda: "connected" in types(), "the welcome")
    Client(stack, "office_staff").order(customer_name="看不到的名字")
    eventually(lambda: "order_created" in types(), "the order")
    assert "看不到的名字" not in page.evaluate("JSON.stringify(messages)")

    row = page.locator("[data-display]").filter(has_text="門市電視")
    expect(row).to_contain_text("使用中")
    row.get_by_role("button", name="撤銷").click()
    page.get_by_role("dialog").get_by_role("button", name="撤銷").click()
    expect(row).to_contain_text("已撤銷")
    eventually(lambda: types()[-1] == "closed", "the end of the connection")
    assert "session_revoked" in types()
