"""A click works also if the list changes between the press and the release."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.browser import Browser, connected, sign_in
from tests.e2e.client import Client


def _served(staff: Client) -> dict[str, Any]:
    body = {"items": [{"name": "牛肉麵", "quantity": 1, "unit_price": "160"}], "table_number": "A1"}
    order: dict[str, Any] = staff.post("/v1/orders", body).json()
    return order


def _kitchen(page: Page, staff: Client) -> tuple[Locator, Locator, Callable[[], Any]]:
    order = f"[data-order='{_served(staff)['id']}']"
    return (
        page.locator(f".ticket{order}").get_by_role("button"),
        page.locator(f".column[data-status=confirmed] {order}"),
        lambda: _served(staff),
    )


def _counter(page: Page, staff: Client) -> tuple[Locator, Locator, Callable[[], Any]]:
    order = _served(staff)
    button = page.locator(f".bills [data-order='{order['id']}'] [data-does=cancel]")
    return button, page.get_by_role("dialog"), lambda: _served(staff)


def _board(page: Page, staff: Client) -> tuple[Locator, Locator, Callable[[], Any]]:
    order = staff.order()
    card = page.locator(f"li[data-id='{order['id']}'] a")
    return card, page.locator("dialog.panel"), lambda: staff.patch(f"/v1/orders/{order['id']}", {"notes": "門口"})


def _routes(page: Page, staff: Client) -> tuple[Locator, Locator, Callable[[], Any]]:
    order = staff.order()
    staff.step(order["id"], "confirmed")
    draft = {"date": order["scheduled_date"], "name": "按住的路線", "stops": [{"order_id": order["id"]}]}
    card = page.locator(f"[data-route='{staff.post('/v1/routes', draft).json()['id']}']")
    card.locator("summary").click()
    return card.get_by_role("button", name="派司機"), page.get_by_role("dialog"), staff.order


@pytest.mark.parametrize(
    ("kind", "address", "press"),
    [
        ("table", "kitchen", _kitchen),
        ("table", "counter", _counter),
        ("delivery", "orders", _board),
        ("delivery", "routes", _routes),
    ],
    ids=["kitchen", "counter", "board", "routes"],
)
def test_a_button_that_is_pressed_while_others_change_the_list_still_works(
    browser: Browser,
    kind: str,
    address: str,
    press: Callable[[Page, Client], tuple[Locator, Locator, Callable[[], Any]]],
) -> None:
    login = browser.stack.login("office_staff", kind)
    page = browser.page()
    page.goto(f"{browser.console}#{address}")
    with page.expect_websocket() as socket:
        sign_in(page, login["username"], login["password"])
    connected(page)
    button, effect, change = press(page, Client(browser.stack, "office_staff", kind))
    button.hover()
    page.mouse.down()
    with socket.value.expect_event("framereceived", lambda frame: '"order_' in str(frame)):
        change()
    # Two frames later it would be drawn.
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.mouse.up()
    expect(effect).to_be_visible()
