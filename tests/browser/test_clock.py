"""Devices with wrong clocks: ages, today and lateness follow the server's clock."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.clock import now, wire
from tests.browser.browser import Browser, connected, sign_in
from tests.browser.test_delivery import Road, opened, stop
from tests.browser.test_kitchen import ordered, ticket
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client

_HOUR_MS = 3_600_000
# Not with Playwright's clock, which replaces the timers too: a wrong clock still ticks.
_SET = """
{
  const Real = Date;
  globalThis.Date = class Date extends Real {
    constructor(...parts) { parts.length ? super(...parts) : super(Real.now() + %d); }
    static now() { return Real.now() + %d; }
  };
}
"""
JUST_NOW = re.compile(r"^(現在|\d+ 秒前|[1-5] 分鐘前)$")
either_way = pytest.mark.parametrize("off", [_HOUR_MS, -_HOUR_MS], ids=["ahead", "behind"])


def device(browser: Browser, off: int, **look: Any) -> Page:
    """A page on a device whose clock is off by so many milliseconds."""
    page = browser.page(**look)
    page.add_init_script(_SET % (off, off))
    return page


def signed_in(browser: Browser, off: int, role: str, kind: str = "delivery") -> Page:
    page = device(browser, off)
    page.goto(browser.console)
    login = browser.stack.login(role, kind)
    sign_in(page, login["username"], login["password"])
    connected(page)
    return page


@either_way
def test_the_office_sees_ages_by_the_servers_clock(browser: Browser, off: int) -> None:
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    order = staff.order()
    here = {"latitude": 25.03, "longitude": 121.53, "timestamp": wire(now())}
    assert driver.post("/v1/drivers/me/location", here).status_code == 200
    page = signed_in(browser, off, "office_staff")
    expect(page.locator(f".order-card[data-id='{order['id']}'] time")).to_have_text(JUST_NOW)
    mine = driver.get("/v1/auth/me").json()["driver_id"]
    page.goto(f"{browser.console}#map")
    expect(page.locator(f"[data-driver='{mine}']")).to_have_attribute("data-fresh", "now")
    page.goto(f"{browser.console}#health")
    expect(page.locator("td time[datetime]").last).to_have_text(JUST_NOW)


def test_a_kitchen_whose_clock_is_ahead_shows_no_new_order_as_late(browser: Browser) -> None:
    page = signed_in(browser, _HOUR_MS, "office_staff", "table")
    page.goto(f"{browser.console}#kitchen")
    order = ordered(Client(browser.stack, "office_staff", "table"))
    expect(ticket(page, order, "pending").locator(".age")).to_have_text(re.compile(r"^[0-5] "))


def test_a_customer_whose_clock_is_ahead_does_not_see_the_driver_as_late(browser: Browser) -> None:
    link_texts(browser.stack)
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    order, address = confirmed(browser, staff)
    mine = driver.get("/v1/auth/me").json()["driver_id"]
    assert staff.post(f"/v1/orders/{order['id']}/assign", {"driver_id": mine}).status_code == 200
    staff.patch(f"/v1/orders/{order['id']}", {"estimated_time": 35})
    assert driver.step(order["id"], "delivering").status_code == 200
    page = device(browser, _HOUR_MS, phone=True)
    page.goto(address)
    expect(page.locator(".due")).to_contain_text("預計")
    expect(page.locator(".due")).not_to_contain_text("晚了")


@either_way
def test_a_driver_whose_phones_clock_is_wrong_confirms_a_delivery(browser: Browser, off: int) -> None:
    road = Road(browser.stack)
    (order,) = orders = road.orders(1)
    road.route(orders)
    page = device(browser, off, phone=True)
    page.goto(browser.console)
    sign_in(page, road.login["username"], road.login["password"])
    connected(page)
    page.get_by_role("button", name="出發").click()
    opened(page, order).get_by_role("button", name="通知客戶").click()
    opened(page, order).get_by_role("button", name="我到了").click()
    expect(stop(page, order).locator(".badge").first).to_have_text("已抵達")
    opened(page, order).get_by_role("button", name="確認送達").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[name=pin]").fill(road.pin(order))
    sheet.locator("form .primary").click()
    expect(sheet).to_have_count(0)
    assert road.order(order)["status"] == "delivered"
