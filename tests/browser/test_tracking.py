"""A customer's page: from the link in a text to the door."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from chalicelib.core.clock import now, wire
from tests.browser.browser import Browser, accessible, connected, fits
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS


@pytest.fixture(scope="module")
def linked(stack: LocalStack) -> None:
    link_texts(stack)


def link_texts(stack: LocalStack) -> None:
    """Texts of confirmed orders have a tracking link from now on."""
    text = {"text": "{order_number} {tracking_url}"}
    answer = Client(stack, "admin").put("/v1/notifications/templates/confirmed/zh-TW", text)
    assert answer.status_code == 200, answer.text


def confirmed(browser: Browser, staff: Client) -> tuple[dict[str, Any], str]:
    """An order of the day, and the address that its customer was sent."""
    order = staff.order(payment_method="cash")
    staff.step(order["id"], "confirmed")
    inbox = browser.stack.info["sms_inbox_url"]

    def link() -> str | None:
        texts = requests.get(inbox, headers={"Accept": "application/json"}, timeout=SECONDS).json()
        return next(
            (text["message"].split()[-1] for text in texts if order["order_number"] in text["message"]), None
        )

    return order, eventually(link, "the text")


def seen(page: Page, driver: Client) -> bool:
    """Whether the page shows the driver, who reports positions: late connections do not receive earlier ones."""
    here = {"latitude": 25.03, "longitude": 121.53, "timestamp": wire(now())}
    assert driver.post("/v1/drivers/me/location", here).status_code == 200
    page.wait_for_timeout(500)
    return page.locator(".driver .pin").is_visible()


def followed(browser: Browser, address: str, **look: Any) -> Page:
    page = browser.page(phone=True, **look)
    page.goto(address)
    connected(page)
    return page


def test_the_link_opens_the_order_which_is_followed_to_the_door(browser: Browser, linked: None) -> None:
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    order, address = confirmed(browser, staff)
    page = followed(browser, address, dark=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("訂單已確認")
    expect(page.locator("[data-state=now]")).to_contain_text("店家已確認")
    expect(page.get_by_text("請準備現金 $760")).to_be_visible()
    me = driver.get("/v1/auth/me").json()["driver_id"]
    assert staff.post(f"/v1/orders/{order['id']}/assign", {"driver_id": me}).status_code == 200
    staff.patch(f"/v1/orders/{order['id']}", {"estimated_time": 35})
    driver.step(order["id"], "delivering")
    expect(page.get_by_role("heading", level=1)).to_have_text("瓦斯正在送來的路上")
    expect(page.locator(".due")).to_contain_text("左右送達")
    eventually(lambda: seen(page, driver), "the driver on the map")
    accessible(page)
    fits(page)
    driver.step(order["id"], "delivered")
    expect(page.get_by_role("heading", level=1)).to_have_text("瓦斯已送達")
    expect(page.locator(".driver")).to_be_hidden()


def test_a_failed_delivery_shows_the_next_step(browser: Browser, linked: None) -> None:
    staff, driver = Client(browser.stack, "office_staff"), Client(browser.stack, "driver")
    order, address = confirmed(browser, staff)
    me = driver.get("/v1/auth/me").json()["driver_id"]
    staff.post(f"/v1/orders/{order['id']}/assign", {"driver_id": me})
    page = followed(browser, address, language="en")
    for status in ("delivering", "failed"):
        driver.step(order["id"], status)
    expect(page.get_by_role("heading", level=1)).to_have_text("It could not be delivered")
    expect(page.get_by_text("please call the shop")).to_be_visible()
    accessible(page)
    staff.step(order["id"], "confirmed")
    expect(page.locator("[data-state=now]")).to_contain_text("Confirmed")


@pytest.mark.parametrize("code", ["", "nothing", "%E0%A4%A"])
def test_an_invalid_link_shows_a_notice(browser: Browser, code: str) -> None:
    page = browser.page(phone=True)
    page.goto(f"{browser.console}/track#{code}")
    expect(page.get_by_role("heading", name="連結已失效")).to_be_visible()
    accessible(page)
    fits(page)


def test_a_customer_who_signs_in_sees_their_orders_move_and_calls_one_off(browser: Browser) -> None:
    office = Client(browser.stack, "office_staff")
    me = Client(browser.stack, "customer").get("/v1/auth/me").json()
    # Their orders, and one of another customer with the same name.
    order, other = (office.order(customer_id=me["customer_id"]) for _ in range(2))
    strange = office.order()
    page = browser.signed_in("customer", phone=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的訂單")
    card, theirs = (page.locator(f'[data-order="{each["id"]}"]') for each in (order, other))
    expect(card.get_by_role("status")).to_have_text("待確認")
    expect(page.locator(f'[data-order="{strange["id"]}"]')).to_have_count(0)
    office.step(order["id"], "confirmed")
    expect(card.get_by_role("status")).to_have_text("已確認")
    expect(card.locator("[aria-current=step]")).to_contain_text("店家已確認")
    expect(card.get_by_role("button", name="取消訂單")).to_have_count(0)
    theirs.get_by_role("button", name="取消訂單").click()
    page.get_by_role("dialog").get_by_role("button", name="取消訂單").click()
    expect(theirs.get_by_role("status")).to_have_text("已取消")
    assert office.get(f"/v1/orders/{other['id']}").json()["status"] == "cancelled"
