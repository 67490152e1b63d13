"""Frontends written for the old guides, from another origin, with only another host.

Their pages are in tests/browser/frontends: two with a plain WebSocket as the guides describe it, and the guide's
components once more on the hook that we publish.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.clock import local_day, now, wire
from tests.browser.browser import Browser
from tests.browser.other_origin import other_origin
from tests.e2e.client import Client, eventually

Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a frontend's page. Query parameters: the deployment's settings, and the name of the page."""
    host = urlsplit(browser.stack.info["rest_url"]).netloc
    with other_origin() as origin:

        def page(app: str, **settings: str) -> Page:
            there = browser.page()
            there.goto(f"{origin}/?{urlencode({'app': app, 'host': host, **settings})}")
            return there

        yield page


def token(client: Client) -> str:
    return str(client.tokens["access_token"])


def me(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/auth/me").json()
    return found


def watched(staff: Client) -> set[str]:
    """The channels that connections of the business watch."""
    rows = staff.get("/v1/realtime/connections").json()["items"]
    return {channel for row in rows for channel in row["channels"]}


def assigned_route(staff: Client, driver_id: str) -> dict[str, Any]:
    """A new route of one order, the driver's from now on."""
    order = staff.order(location={"latitude": 25.04, "longitude": 121.55})
    staff.step(order["id"], "confirmed")
    draft = {
        "date": local_day(now(), "Asia/Taipei"),
        "depot": {"latitude": 25.0335, "longitude": 121.5434},
        "start_at": wire(now()),
        "stops": [{"order_id": order["id"]}],
    }
    made = staff.post("/v1/routes", draft)
    assert made.status_code == 201, made.text
    route: dict[str, Any] = made.json()
    answer = staff.post(f"/v1/routes/{route['id']}/assign", {"driver_id": driver_id})
    assert answer.status_code == 200, answer.text
    return route


@pytest.mark.parametrize("hook", ["guide", "published"])
def test_a_frontend_of_the_guide_shows_an_order_from_its_creation_to_the_door(
    browser: Browser, opened: Open, hook: str
) -> None:
    more = {"dropin": "1"} if hook == "published" else {}
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    customer = Client(browser.stack, "customer")
    office = opened("guide", page="office", token=token(staff), **more)
    customer_id = me(customer)["customer_id"]
    phone = opened("guide", page="driver", token=token(driver), customer=customer_id, **more)
    for page in (office, phone):
        expect(page.locator("#state")).to_have_text("即時更新中")

    order = staff.order(customer_id=customer_id, customer_name="王小明", scheduled_date="2026-12-24")
    lines = office.locator("#lines")
    expect(lines).to_contain_text(f"新訂單 {order['id']} 王小明 20公斤瓦斯桶×1 2026-12-24 臺北市中正區測試路1號")
    tracking = opened("guide", page="tracking", token=token(customer), order=order["id"], **more)
    expect(tracking.locator("#state")).to_have_text("即時更新中")
    eventually(lambda: f"order:{order['id']}" in watched(staff), "the subscription")

    staff.step(order["id"], "confirmed")
    expect(tracking.locator("#status")).to_have_text("confirmed")
    staff.post(f"/v1/orders/{order['id']}/assign", {"driver_id": me(driver)["driver_id"]})
    expect(phone.locator("#note")).to_have_text("新訂單 您有新的配送任務")
    expect(phone.locator("#task")).to_have_text(order["id"])
    expect(tracking.locator("#status")).to_have_text("assigned")

    phone.locator("#leave").click()
    expect(tracking.locator("#status")).to_have_text("delivering")
    position = f"司機 {me(driver)['driver_id']} 25.0330,121.5654"

    def located() -> bool:
        # If the driver was far away before, the first fix is ignored.
        phone.locator("#here").click()
        phone.wait_for_timeout(300)
        return lines.get_by_text(position).count() > 0

    eventually(located, "the driver's position")
    phone.locator("#near").click()
    expect(tracking.locator("#status")).to_have_text("arriving")
    phone.locator("#arrive").click()
    expect(tracking.locator("#sentence")).to_have_text("driver_arrived 司機已到達，請準備接收瓦斯")
    phone.locator("#confirm").click()
    expect(tracking.locator("#status")).to_have_text("delivered")
    expect(lines).to_contain_text(f"訂單 {order['id']} delivered")
    left = staff.get(f"/v1/orders/{order['id']}").json()
    assert [step["reason"] for step in left["history"] if step["status"] == "delivering"] == ["On the way"]
    assert 25 <= left["estimated_time"] <= 30

    alert = {"message": "系統將於今晚 10 點進行維護", "severity": "warning"}
    staff.post("/v1/realtime/publish", {"channel": "system", "type": "maintenance.alert", "data": alert})
    expect(lines).to_contain_text("公告 warning 系統將於今晚 10 點進行維護")
    words = {"type": "personal_message", "data": {"content": "您的訂單已準備完成"}}
    staff.post(f"/v1/realtime/users/{me(driver)['id']}/send", words)
    expect(phone.locator("#note")).to_have_text("您的訂單已準備完成")


def test_the_office_of_the_guide_sees_an_assigned_route(browser: Browser, opened: Open) -> None:
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver", which=1)
    office = opened("guide", page="office", token=token(staff))
    expect(office.locator("#state")).to_have_text("即時更新中")
    route = assigned_route(staff, me(driver)["driver_id"])
    expect(office.locator("#lines")).to_contain_text(f"路線 {route['id']} {me(driver)['driver_id']}")


def test_the_simple_hook_needs_no_change_but_its_address(browser: Browser, opened: Open) -> None:
    admin, driver = Client(browser.stack, "admin"), Client(browser.stack, "driver")
    made = admin.post("/v1/display-tokens", {"name": "店內螢幕"}).json()
    host = urlsplit(browser.stack.info["rest_url"]).netloc
    page = opened("simple", ws=f"ws://{host}/display/{made['token']}")
    lines = page.locator("#lines")
    # It does not show when it is connected: events until then are not meant for it.
    here = {"latitude": 25.033, "longitude": 121.5654}
    driver_id = me(driver)["driver_id"]

    def marked() -> bool:
        driver.post("/v1/drivers/me/location", {**here, "timestamp": wire(now())})
        page.wait_for_timeout(300)
        return lines.get_by_text(f"marker {driver_id} 25.033,121.5654").count() > 0

    eventually(marked, "the driver's marker")
    order = admin.order()
    admin.step(order["id"], "confirmed")
    expect(lines).to_contain_text(f"訂單 {order['order_number']} 狀態已更新為 confirmed")
    expect(lines).to_contain_text("reload orders")
    assigned_route(admin, driver_id)
    expect(lines).to_contain_text("reload routes")


def test_a_restaurants_dashboard_reads_and_calculates_with_whole_orders(browser: Browser, opened: Open) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = opened("restaurant", token=token(staff))
    expect(page.locator("#state")).to_have_text("live")
    expect(page).to_have_title("frontend status 200 connections 200")
    answer = staff.post(
        "/v1/orders",
        {"table_number": 5, "items": [{"name": "牛肉麵", "quantity": 2, "unit_price": "12.75"}]},
    )
    assert answer.status_code == 201, answer.text
    card = page.locator(f"#o{answer.json()['id']}")
    expect(card).to_have_text("桌 5 pending 25.50 = 25.50")
    staff.step(answer.json()["id"], "confirmed")
    expect(card).to_have_text("桌 5 confirmed 25.50 = 25.50")
