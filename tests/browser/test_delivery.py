"""A driver's day on a phone, and the office's routes, map and drivers."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.browser import Browser, connected, sign_in
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_HOSTILE = "<img src=x onerror=alert(1)>\u200fمرحبا 🛵 {{name}} " + "王" * 40
_PLACES = [(25.0330, 121.5654), (25.0268, 121.5270), (25.0480, 121.5622)]
_numbers = itertools.count(1)


class Road:
    """An office, a driver of this test only, and the office's API calls."""

    def __init__(self, stack: LocalStack) -> None:
        self.office = Client(stack, "office_staff")
        self.number = next(_numbers)
        self.name = f"測試司機{self.number}"
        self.login = {"username": f"road{self.number}@luckygas.example", "password": "a long password"}
        self.driver = self.office.post("/v1/drivers", {"name": self.name, "vehicle": "ABC-1234"}).json()
        user = {**self.login, "name": self.name, "role": "driver", "driver_id": self.driver["id"]}
        assert Client(stack, "admin").post("/v1/users", user).status_code == 201

    def orders(self, count: int, **values: Any) -> list[dict[str, Any]]:
        made = []
        for n in range(count):
            latitude, longitude = _PLACES[n % len(_PLACES)]
            order = self.office.order(
                customer_name=f"客戶{self.number}-{n + 1}",
                address=f"臺北市大安區測試路{n + 1}號",
                location={"latitude": latitude, "longitude": longitude},
                **values,
            )
            assert self.office.step(order["id"], "confirmed").status_code == 200
            made.append(order)
        return made

    def route(self, orders: list[dict[str, Any]]) -> dict[str, Any]:
        """A route of its orders' day, given to the driver."""
        stops = [{"order_id": order["id"]} for order in orders]
        draft = {"date": orders[0]["scheduled_date"], "name": f"早班{self.number}", "stops": stops}
        route = self.office.post("/v1/routes", {**draft, "depot": {"latitude": 25.02, "longitude": 121.54}}).json()
        answer = self.office.post(f"/v1/routes/{route['id']}/assign", {"driver_id": self.driver["id"]})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def phone(self, browser: Browser) -> Page:
        """The driver's phone, at the first place."""
        place = {"latitude": _PLACES[0][0], "longitude": _PLACES[0][1], "accuracy": 5}
        page = browser.page(phone=True, geolocation=place, permissions=["geolocation"])
        page.goto(browser.console)
        sign_in(page, self.login["username"], self.login["password"])
        connected(page)
        return page

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.office.get(f"/v1/orders/{order['id']}").json()
        return found

    def pin(self, order: dict[str, Any]) -> str:
        found: str = self.office.get(f"/v1/deliveries/{order['id']}").json()["pin"]
        return found


@pytest.fixture
def road(stack: LocalStack) -> Road:
    return Road(stack)


def stop(page: Page, order: dict[str, Any]) -> Any:
    return page.locator(f'[data-order="{order["id"]}"]')


def opened(page: Page, order: dict[str, Any]) -> Any:
    """A stop's card, unfolded."""
    card = stop(page, order)
    expect(card).to_be_visible()
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    return card


def signed(page: Page) -> None:
    """A line of a signature in the box."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=5)
    page.mouse.up()


def proved(browser: Browser, by_pin: dict[str, Any], by_signature: dict[str, Any]) -> None:
    """The office sees the proof of delivery next to an order."""
    desk = browser.signed_in("office_staff")
    panel = desk.locator("dialog.panel")
    desk.goto(f"{browser.console}#orders/{by_pin['id']}")
    expect(panel.locator("[data-attempt]")).to_contain_text("送達密碼 · 鋼瓶 TW-20-118842")
    desk.goto(f"{browser.console}#orders/{by_signature['id']}")
    picture = panel.get_by_role("link", name="看簽名").get_attribute("href")
    assert picture is not None
    assert desk.request.get(picture).headers["content-type"] == "image/png"


def test_a_driver_drives_a_route_and_proves_every_delivery(browser: Browser, road: Road) -> None:
    first, second, third = orders = road.orders(3)
    page = road.phone(browser)
    expect(page.get_by_text("今天還沒有配送")).to_be_visible()
    road.route(orders)
    # The page updates without a user's action.
    page.get_by_role("button", name="出發").click()
    expect(page.locator(".share")).to_have_attribute("data-state", "live")
    card = opened(page, first)
    expect(card.get_by_role("link", name="撥電話")).to_have_attribute("href", f"tel:{first['customer_phone']}")
    expect(card.get_by_role("link", name="導航")).to_have_attribute(
        "href", "https://www.google.com/maps/dir/?api=1&destination=25.033%2C121.5654&travelmode=driving"
    )
    expect(card.locator(".collect")).to_contain_text("760")

    card.get_by_role("button", name="通知客戶").click()
    card = opened(page, first)
    card.get_by_role("button", name="我到了").click()
    expect(stop(page, first).locator(".badge").first).to_have_text("已抵達")
    opened(page, first).get_by_role("button", name="確認送達").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[name=pin]").fill("000000")
    sheet.get_by_role("button", name="多一個").click()
    sheet.locator("[name=cylinder_serial]").fill("TW-20-118842")
    sheet.locator("form .primary").click()
    expect(sheet.get_by_text("送達密碼不正確")).to_be_visible()
    sheet.locator("[name=pin]").fill(road.pin(first))
    sheet.locator("form .primary").click()
    expect(sheet).to_have_count(0)
    expect(stop(page, first).locator(".badge").first).to_have_text("已送達")
    attempt = road.office.get(f"/v1/deliveries/{first['id']}").json()["attempts"][0]
    assert (attempt["proof"]["cylinder_serial"], attempt["empties_back"]) == ("TW-20-118842", 1)

    opened(page, second).get_by_role("button", name="確認送達").click()
    sheet.get_by_text("簽名", exact=True).click()
    sheet.locator("form .primary").click()
    expect(sheet.get_by_text("還沒有簽名。")).to_be_visible()
    signed(page)
    sheet.locator("form .primary").click()
    expect(sheet).to_have_count(0)
    expect(stop(page, second).locator(".badge").first).to_have_text("已送達")
    proof = road.office.get(f"/v1/deliveries/{second['id']}").json()["attempts"][0]["proof"]
    assert proof["confirmation_type"] == "signature"
    assert proof["picture_url"]

    opened(page, third).get_by_role("button", name="無法送達").click()
    sheet.get_by_label("電話聯絡不上").check()
    sheet.locator("form .primary").click()
    expect(stop(page, third).locator(".badge").first).to_have_text("配送失敗")
    assert road.order(third)["history"][-1]["reason"] == "電話聯絡不上"

    page.get_by_role("button", name="完成路線").click()
    page.get_by_role("dialog").get_by_role("button", name="完成路線").click()
    expect(page.locator("[data-route] .badge").first).to_have_text("已完成")

    proved(browser, first, second)


def test_a_delivery_confirmed_without_a_network_is_sent_once_there_is_one(browser: Browser, road: Road) -> None:
    (order,) = orders = road.orders(1)
    road.route(orders)
    page = road.phone(browser)
    page.get_by_role("button", name="出發").click()
    card = opened(page, order)
    expect(card.locator(".badge").first).to_have_text("配送中")
    pin = road.pin(order)
    page.wait_for_function("async () => (await caches.match('/api/console')) !== undefined")
    page.context.set_offline(True)
    card.get_by_role("button", name="確認送達").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[name=pin]").fill(pin)
    sheet.locator("form .primary").click()
    expect(page.get_by_text("1 筆還沒送出")).to_be_visible()
    expect(stop(page, order).locator(".badge").first).to_contain_text("等待網路")
    # The confirmation is stored; the page has no button to send it twice.
    expect(stop(page, order).get_by_role("button", name="確認送達")).to_have_count(0)
    assert road.order(order)["status"] == "delivering"
    # The phone was put away, and its browser has discarded the page.
    page.reload()
    expect(page.get_by_text("1 筆還沒送出")).to_be_visible()
    expect(stop(page, order).locator(".badge").first).to_contain_text("等待網路")
    page.get_by_role("button", name="更多").click()
    sheet.get_by_role("button", name="登出").click()
    expect(sheet.get_by_text("1 筆配送紀錄還沒送出")).to_be_visible()
    sheet.get_by_role("button", name="取消").click()
    # The browser's console is full of failed connections.
    browser.faults.clear()
    page.context.set_offline(False)
    expect(page.get_by_text("1 筆還沒送出")).to_have_count(0)
    expect(stop(page, order).locator(".badge").first).to_have_text("已送達")
    assert road.order(order)["status"] == "delivered"


def test_a_route_assigned_the_evening_before_can_be_started_on_its_day(browser: Browser, road: Road) -> None:
    tomorrow = (datetime.now(ZoneInfo("Asia/Taipei")) + timedelta(days=1)).date()
    (order,) = orders = road.orders(1, scheduled_date=tomorrow.isoformat())
    route = road.route(orders)
    page = road.phone(browser)
    ahead = page.locator(f'[data-route="{route["id"]}"]')
    expect(ahead.get_by_role("heading", level=2)).to_contain_text(f"{tomorrow.month}/{tomorrow.day}")
    expect(opened(page, order)).to_contain_text("當天才能出發")
    expect(page.get_by_text("其他訂單")).to_have_count(0)
    expect(page.get_by_role("button", name="出發")).to_have_count(0)
    # The phone was put away in the evening, and is looked at in the morning.
    page.clock.set_system_time(datetime.now(UTC) + timedelta(days=1))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ahead.get_by_role("button", name="出發").click()
    expect(ahead.locator(".badge").first).to_have_text("配送中")
    expect(stop(page, order).locator(".badge").first).to_have_text("配送中")


def test_a_photo_and_a_code_prove_deliveries_of_orders_without_a_route(browser: Browser, road: Road) -> None:
    first, second = orders = road.orders(2)
    for order in orders:
        body = {"driver_id": road.driver["id"]}
        assert road.office.post(f"/v1/orders/{order['id']}/assign", body).status_code == 200
    page = road.phone(browser)
    sheet = page.get_by_role("dialog")
    for order in orders:
        opened(page, order).get_by_role("button", name="出發").click()
        expect(stop(page, order).locator(".badge").first).to_have_text("配送中")
    opened(page, first).get_by_role("button", name="確認送達").click()
    sheet.get_by_text("照片", exact=True).click()
    picture = FilePayload(name="door.png", mimeType="image/png", buffer=page.screenshot())
    sheet.locator("input[type=file]").set_input_files(picture)
    expect(sheet.locator("canvas")).to_be_visible()
    sheet.locator("form .primary").click()
    expect(stop(page, first).locator(".badge").first).to_have_text("已送達")

    code = road.office.post(f"/v1/deliveries/{second['id']}/qr", {}).json()["qr"]
    opened(page, second).get_by_role("button", name="確認送達").click()
    sheet.get_by_text("QR 碼", exact=True).click()
    sheet.locator("[name=qr]").fill(code)
    sheet.locator("form .primary").click()
    expect(stop(page, second).locator(".badge").first).to_have_text("已送達")


def test_a_denied_position_permission_is_shown_with_a_remedy(browser: Browser, road: Road) -> None:
    page = browser.page(phone=True)
    page.goto(browser.console)
    sign_in(page, road.login["username"], road.login["password"])
    page.get_by_role("button", name="開始分享").click()
    expect(page.locator(".share")).to_have_attribute("data-state", "denied")
    expect(page.get_by_text("請在瀏覽器的網站設定中允許")).to_be_visible()


def test_two_offices_plan_a_route_and_see_each_others_changes(browser: Browser, road: Road) -> None:
    orders = road.orders(3)
    page, other = browser.signed_in("office_staff"), browser.signed_in("office_staff")
    for each in (page, other):
        each.goto(f"{browser.console}#routes")
    for order in orders:
        page.locator(f'label[data-key="{order["id"]}"]').click()
    page.get_by_role("button", name="用所選建立路線（3）").click()
    card = page.locator(".plan [data-route][open]")
    expect(card.locator("li")).to_have_count(3)
    route_id = card.get_attribute("data-route")
    theirs = other.locator(f'[data-route="{route_id}"]')
    theirs.locator("summary").click()

    def standing(where: Any) -> list[str]:
        return [str(each.get_attribute("data-key")) for each in where.locator("li").all()]

    # With the keyboard, then with the mouse.
    first, second, third = (order["id"] for order in orders)
    card.locator(f'li[data-key="{first}"] .grip').focus()
    page.keyboard.press("ArrowDown")
    expect(theirs.locator("li").first).to_have_attribute("data-key", second)
    assert standing(theirs) == [second, first, third]
    # The message that the route was made must not cover it.
    card.locator(f'li[data-key="{third}"] .grip').hover()
    to = card.locator("li").first.bounding_box()
    assert to is not None
    page.mouse.down()
    page.mouse.move(to["x"] + 10, to["y"] + 5, steps=8)
    page.mouse.up()
    expect(theirs.locator("li").first).to_have_attribute("data-key", third)
    assert standing(theirs) == [third, second, first]

    # Changes by others during a drag are shown when it ends, even if the drag changed nothing.
    card.locator(f'li[data-key="{third}"] .grip').hover()
    page.mouse.down()
    theirs.locator(f'li[data-key="{first}"]').get_by_role("button", name="移出路線").click()
    expect(theirs.locator("li")).to_have_count(2)
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(card.locator("li")).to_have_count(2)
    expect(page.locator(f'label[data-key="{first}"]')).to_be_visible()
    card.get_by_role("button", name="派司機").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("select").select_option(road.driver["id"])
    sheet.locator("form .primary").click()
    expect(theirs.get_by_text(road.name)).to_be_visible()
    theirs.get_by_role("button", name="出發").click()
    expect(card.locator(".badge").first).to_have_text("配送中")


def test_a_day_is_planned_agreed_to_and_driven(browser: Browser, road: Road) -> None:
    order, nowhere = road.orders(1)[0], road.office.order(customer_name="沒有座標的客戶", address="某處")
    road.office.step(nowhere["id"], "confirmed")
    page = browser.signed_in("office_staff")
    page.goto(f"{browser.console}#routes")
    for each in (order, nowhere):
        page.locator(f'label[data-key="{each["id"]}"]').click()
    page.get_by_role("button", name="規劃路線").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[name=depot]").fill("nowhere")
    sheet.locator("form .primary").click()
    expect(sheet.get_by_text("請輸入緯度與經度").first).to_be_visible()
    sheet.locator("[name=depot]").fill("25.0200, 121.5400")
    for box in sheet.locator(".checks input").all():
        box.uncheck()
    sheet.get_by_label(road.name).check()
    sheet.locator("[name=back]").fill("")
    sheet.locator("form .primary").click()
    proposal = page.locator(".proposal")
    expect(proposal.get_by_text("地址沒有座標")).to_be_visible()
    proposal.get_by_role("button", name="建立並派給司機").click()
    expect(proposal).to_have_count(0)
    card = page.locator(".plan [data-route]").filter(has_text=road.name)
    expect(card.locator(".badge").first).to_have_text("已派車")
    assert road.order(order)["driver_id"] == road.driver["id"]
    assert (
        page.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('luckygas.depot'))?.[1]")
        == "25.02, 121.54"
    )


def test_a_driver_moves_on_the_map_and_never_back(browser: Browser, road: Road) -> None:
    driver = Client.signing_in(browser.stack, road.login["username"], road.login["password"])
    now = datetime.now(UTC)

    def post(seconds: int, latitude: float) -> None:
        at = (now + timedelta(seconds=seconds)).isoformat()
        fix = {"latitude": latitude, "longitude": 121.54, "timestamp": at, "speed": 9, "heading": 90}
        assert driver.post("/v1/drivers/me/location", fix).status_code == 200

    post(-30, 25.03)
    page = browser.signed_in("office_staff")
    page.goto(f"{browser.console}#map")
    marker = page.locator(".pin[data-look~=driver]").filter(has_text=road.name)
    expect(marker).to_be_visible()
    row = page.locator(f'[data-driver="{road.driver["id"]}"]')
    expect(row).to_have_attribute("data-fresh", "now")
    before = marker.evaluate("(pin) => pin.style.transform")
    with road.office.listen() as socket:
        post(-20, 25.034)
        while socket.until("driver_location")["data"]["latitude"] != 25.034:
            pass
    page.wait_for_timeout(800)
    after = marker.evaluate("(pin) => pin.style.transform")
    assert after != before
    post(-25, 25.02)
    # An event would arrive within a second.
    page.wait_for_timeout(2000)
    assert marker.evaluate("(pin) => pin.style.transform") == after
    row.click()
    expect(marker).to_be_in_viewport()
    # The source of the tiles must be shown; the tests' own host has none.
    expect(page.locator(".leaflet-control-attribution")).to_have_text("© tiles.example")


def test_drivers_are_added_changed_and_suspended(browser: Browser, road: Road) -> None:
    page = browser.signed_in("office_staff")
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    page.goto(f"{browser.console}#drivers")
    page.get_by_role("button", name="新增司機").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[name=name]").fill(_HOSTILE)
    sheet.locator("[name=phone]").fill("123")
    sheet.locator("form .primary").click()
    expect(sheet.locator("[name=phone]")).to_have_attribute("aria-invalid", "true")
    sheet.locator("[name=phone]").fill("0912-000-777")
    sheet.locator("form .primary").click()
    row = page.locator("[data-driver]").filter(has_text="onerror")
    expect(row.locator("strong")).to_have_text(_HOSTILE)
    row = page.locator(f'[data-driver="{road.driver["id"]}"]')
    row.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(row.get_by_text("已停用")).to_be_visible()
    road.office.patch(f"/v1/drivers/{road.driver['id']}", {"notes": "somebody else"})
    row.get_by_role("button", name="恢復").click()
    expect(page.get_by_text("剛被其他人修改")).to_be_visible()
    expect(row).to_contain_text("somebody else")
    row.get_by_role("button", name="恢復").click()
    expect(row.get_by_text("已停用")).to_have_count(0)
