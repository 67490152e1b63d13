"""The WebSocket test page, on which a frontend developer tries the protocol by hand."""

import json
from typing import Any

from msgspec.structs import fields
from playwright.sync_api import Locator, Page, expect

from chalicelib.sockets.answers import ANSWERS
from tests.browser.browser import Browser, accessible, fits
from tests.browser.modules import exported
from tests.e2e.client import Client

_HOSTILE = "<img src=x onerror=alert(1)> \u200fغاز 🔥 " + "龍" * 60


def opened(browser: Browser, role: str | None = None, **look: Any) -> Page:
    """The page; connected, where a role says as whom."""
    page = browser.page(**look)
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    page.goto(f"{browser.console}/socket")
    if role is not None:
        login = browser.stack.login(role)
        page.locator("[name=username]").fill(login["username"])
        page.locator("[name=password]").fill(login["password"])
        page.locator("form .primary").click()
        expect(page.locator(".badge.blue").first).to_have_text(role)
        connect(page)
        expect(frames(page, "connected")).to_be_visible()
    return page


def connect(page: Page) -> None:
    page.get_by_role("button", name="連線", exact=True).click()


def frames(page: Page, type_: str, way: str = "received") -> Locator:
    return page.locator(f".frame.{way}[data-type='{type_}']")


def send_message(page: Page, type_: str, **values: Any) -> None:
    page.locator(f".chip[data-type='{type_}']").click()
    for name, value in values.items():
        control = page.locator(f".composer [name={name}]")
        if control.evaluate("(control) => control instanceof HTMLSelectElement"):
            control.select_option(value)
        else:
            control.fill(str(value))
    page.get_by_role("button", name="送出").click()


def head(office: Client) -> int:
    """The cursor at the end of the log of all orders."""
    found: int = office.get("/v1/orders", limit=1).json()["cursors"]["orders"]
    return found


def content(frame: Locator) -> dict[str, Any]:
    """The shown content of a frame."""
    frame.locator("summary").click()
    found: dict[str, Any] = json.loads(frame.locator("pre").inner_text())
    return found


def test_there_is_a_form_for_each_client_message(browser: Browser) -> None:
    page = opened(browser)
    forms = exported("console/socket/messages.js", "MESSAGES")
    expected = {kind: {field.name for field in fields(answer.shape)} for kind, answer in ANSWERS.items()}
    assert {kind: {field["name"] for field in form} for kind, form in forms.items()} == expected
    expect(page.locator(".chip")).to_have_count(len(ANSWERS))


def test_a_change_over_rest_comes_as_a_frame(browser: Browser) -> None:
    office = Client(browser.stack, "office_staff")
    page = opened(browser, "office_staff")
    before = head(office)
    order = office.order(customer_name=_HOSTILE)
    office.step(order["id"], "confirmed")
    created = frames(page, "order_created")
    expect(created.locator("[data-mark=cursor]")).to_have_text(f"orders {before + 1}")
    event = content(created)
    assert (event["data"]["id"], event["data"]["customer_name"]) == (order["id"], _HOSTILE)
    expect(page.locator("[data-channel=orders] td").nth(1)).to_have_text(str(before + 2))
    assert page.locator("main img").count() == 0
    accessible(page)
    fits(page)

    page.locator("[name=filter]").select_option("order_created")
    expect(frames(page, "connected")).to_have_count(0)
    page.get_by_role("button", name="暫停").click()
    office.order()
    expect(page.get_by_role("button", name="繼續（1）")).to_be_visible()
    expect(created).to_have_count(1)
    page.get_by_role("button", name="繼續").click()
    expect(created).to_have_count(2)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="複製").click()
    expect(page.get_by_text("已複製")).to_be_visible()
    received = page.evaluate("navigator.clipboard.readText()")
    assert order["id"] in received
    assert "eyJhbGci" not in received
    page.get_by_role("button", name="清除").click()
    expect(page.locator(".frame")).to_have_count(0)

    # In the other language the page has the same state: connected, counting, with all its data.
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
    expect(page.locator("[data-channel=orders] td").nth(1)).to_have_text(str(before + 3))
    stored = page.evaluate("({local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie})")
    assert stored == {"local": {"luckygas.language": "en"}, "session": {}, "cookie": ""}


def test_every_message_of_staff_is_answered(browser: Browser) -> None:
    office = Client(browser.stack, "office_staff")
    order = office.order()
    page = opened(browser, "office_staff", dark=True)
    send_message(page, "heartbeat")
    assert "orders" in content(frames(page, "heartbeat"))["cursors"]
    send_message(page, "ping")
    # Each message has a `ref` of its own, and the answer tells how long it took.
    expect(frames(page, "pong").locator(".badge")).to_contain_text("ref 2 ·")
    send_message(page, "subscribe", channel=f"order:{order['id']}", since=0)
    assert content(frames(page, "subscribed"))["replayed"] == 1
    expect(frames(page, "order_created").locator("[data-mark=repeat]")).to_have_count(0)
    send_message(page, "subscribe", channel="orders", since=head(office) - 1)
    expect(frames(page, "order_created").filter(has=page.locator("[data-mark=repeat]"))).to_have_count(1)
    send_message(page, "unsubscribe", channel=f"order:{order['id']}")
    expect(frames(page, "unsubscribed")).to_be_visible()
    expect(page.locator(f"[data-channel='order:{order['id']}']")).to_have_count(0)
    send_message(page, "order_update", order_id=order["id"], status="confirmed")
    assert content(frames(page, "order_update_accepted"))["status"] == "confirmed"
    send_message(page, "order_update", order_id=order["id"], status="delivered")
    expect(frames(page, "error").filter(has_text="illegal_transition")).to_be_visible()
    page.get_by_role("button", name="換發權杖").click()
    send_message(page, "authenticate")
    expect(frames(page, "authenticated")).to_be_visible()
    assert content(frames(page, "authenticate", "sent"))["token"] == "eyJ…"
    send_message(page, "location_update")
    expect(frames(page, "error").filter(has_text="forbidden")).to_be_visible()


def test_a_driver_reports_position_and_delivery(browser: Browser) -> None:
    office, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    order = office.order()
    office.step(order["id"], "confirmed")
    office.post(f"/v1/orders/{order['id']}/assign", {"driver_id": driver.get("/v1/auth/me").json()["driver_id"]})
    driver.step(order["id"], "delivering")
    page = opened(browser, "driver", phone=True)
    send_message(page, "location_update")
    expect(frames(page, "location_update_accepted")).to_be_visible()
    pin = office.get(f"/v1/deliveries/{order['id']}").json()["pin"]
    send_message(page, "delivery.confirmed", order_id=order["id"], pin=pin)
    expect(frames(page, "delivery.confirmed_accepted")).to_be_visible()
    assert office.get(f"/v1/orders/{order['id']}").json()["status"] == "delivered"
    accessible(page)
    fits(page)


def test_invalid_input_is_sent_unchanged_and_refused(browser: Browser) -> None:
    page = opened(browser, "office_staff")
    page.locator("textarea").fill('{"type": "ping", ')
    expect(page.get_by_text("這不是 JSON 物件")).to_be_visible()
    page.get_by_role("button", name="送出").click()
    expect(frames(page, "error").filter(has_text="malformed_json")).to_be_visible()
    send_message(page, "subscribe", since="three")
    expect(frames(page, "error").filter(has_text="invalid")).to_be_visible()
    # A frame that API Gateway does not take ends the connection.
    page.locator("textarea").fill("x" * 40_000)
    page.get_by_role("button", name="送出").click()
    expect(page.get_by_role("alert")).to_contain_text("關閉代碼 1009")
    expect(page.get_by_role("button", name="送出")).to_be_disabled()


def test_a_refused_handshake_and_the_servers_goodbye_are_explained(browser: Browser) -> None:
    page = opened(browser)
    connect(page)
    expect(page.get_by_role("alert")).to_contain_text("沒有權杖：握手會得到 401")
    page.locator("[name=token]").fill("not.a.token")
    expect(page.get_by_text("這不是 JWT")).to_be_visible()
    connect(page)
    expect(page.get_by_role("alert")).to_contain_text("權杖無效")
    page.locator("[name=token]").fill(Client(browser.stack, "customer").tokens["access_token"])
    page.locator("[name=client]").select_option("driver")
    connect(page)
    expect(page.get_by_role("alert")).to_contain_text("client=driver 不適用於身分 customer")
    page.locator("[name=client]").select_option("customer")
    page.locator("[name=format]").select_option("flat")
    expect(page.locator(".address")).to_contain_text("token=•••&client=customer&format=flat")
    connect(page)
    expect(frames(page, "connection")).to_be_visible()
    page.get_by_role("button", name="中斷連線").click()
    expect(page.get_by_role("alert")).to_contain_text("關閉代碼 1000")

    signed_in = opened(browser, "admin")
    signed_in.get_by_role("button", name="登出").click()
    expect(signed_in.get_by_role("alert")).to_contain_text("session_revoked")
    accessible(signed_in)


def test_admins_find_it_and_it_takes_up_their_sign_in(browser: Browser) -> None:
    page = browser.signed_in("admin")
    page.goto(f"{browser.console}#account")
    page.get_by_role("link", name="WebSocket 測試頁").click()
    expect(page.locator(".badge.blue").first).to_have_text("admin")
    connect(page)
    expect(frames(page, "connected")).to_be_visible()
    page.get_by_role("link", name="主控台").click()
    expect(page.locator(".state")).to_have_attribute("data-state", "live")
