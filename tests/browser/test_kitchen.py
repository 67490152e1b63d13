"""The kitchen's board: new orders, status changes by its user, and changes by another screen."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.browser import Browser, accessible, connected, fits
from tests.e2e.client import Client

HOSTILE = "<img src=x onerror=alert(1)> \u200fلحم 🍜 " + "很長" * 30


def kitchen(browser: Browser, **look: Any) -> Page:
    page = browser.signed_in("office_staff", "table", **look)
    page.goto(f"{browser.console}#kitchen")
    expect(page.locator(".kitchen .column").first).to_be_visible()
    return page


def ordered(staff: Client, **values: Any) -> dict[str, Any]:
    body = {"items": [{"name": "牛肉麵", "quantity": 2, "unit_price": "160"}], "table_number": "A1", **values}
    order: dict[str, Any] = staff.post("/v1/orders", body).json()
    return order


def ticket(page: Page, order: dict[str, Any], status: str) -> Locator:
    return page.locator(f".column[data-status={status}] .ticket[data-order='{order['id']}']")


def test_a_new_order_stands_out_until_touched_and_a_tap_moves_it_on_both_screens(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    here, there = kitchen(browser), kitchen(browser, phone=True, dark=True)
    order = ordered(staff, notes="不要香菜")
    for page in (here, there):
        expect(ticket(page, order, "pending")).to_contain_text("不要香菜")
        expect(ticket(page, order, "pending").locator(".fresh-mark")).to_be_visible()
    ticket(here, order, "pending").locator(".lines").click()
    expect(ticket(here, order, "pending").locator(".fresh-mark")).to_have_count(0)
    expect(ticket(there, order, "pending").locator(".fresh-mark")).to_be_visible()
    ticket(here, order, "pending").get_by_role("button").click()
    for page in (here, there):
        expect(ticket(page, order, "confirmed")).to_be_visible(timeout=1000)
    for status in ("confirmed", "preparing", "ready"):
        # Not within a double tap of the step before.
        expect(ticket(there, order, status).get_by_role("button")).not_to_have_attribute("aria-busy", "true")
        ticket(there, order, status).get_by_role("button").click()
        expect(ticket(there, order, status)).to_have_count(0)
    expect(here.locator(f"[data-order='{order['id']}']")).to_have_count(0)
    assert staff.get(f"/v1/orders/{order['id']}").json()["status"] == "served"


def test_a_double_tap_is_one_step(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = kitchen(browser)
    order = ordered(staff)
    ticket(page, order, "pending").get_by_role("button").dblclick()
    expect(ticket(page, order, "confirmed")).to_be_visible()
    assert staff.get(f"/v1/orders/{order['id']}").json()["status"] == "confirmed"


def test_a_ticket_that_has_not_changed_is_not_drawn_again(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = kitchen(browser)
    order = ordered(staff)
    lines = ticket(page, order, "pending").locator(".lines").element_handle()
    expect(ticket(page, ordered(staff), "pending")).to_be_visible()
    assert lines.evaluate("each => each.isConnected")


def test_the_slower_of_two_users_sees_a_message_and_the_current_state(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = kitchen(browser)
    order = ordered(staff)
    expect(ticket(page, order, "pending")).to_be_visible()
    # Another step gets there between the tap and the server.
    page.route(
        "**/status",
        lambda route: (staff.step(order["id"], "confirmed"), route.continue_()),
        times=1,
    )
    ticket(page, order, "pending").get_by_role("button").click()
    expect(page.locator(".toast.red")).to_contain_text("剛被別人更新")
    expect(ticket(page, order, "confirmed")).to_be_visible()


def test_changes_during_an_outage_of_the_network_are_shown_afterwards(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = kitchen(browser)
    moved = ordered(staff)
    expect(ticket(page, moved, "pending")).to_be_visible()
    page.context.set_offline(True)
    staff.step(moved["id"], "confirmed")
    missed = ordered(staff)
    page.context.set_offline(False)
    connected(page)
    expect(ticket(page, moved, "confirmed")).to_be_visible()
    expect(ticket(page, missed, "pending")).to_be_visible()


def test_hostile_texts_are_shown_as_they_are_and_nothing_is_cut_off(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff", "table")
    page = kitchen(browser, phone=True)
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    order = ordered(
        staff, items=[{"name": HOSTILE, "quantity": 1, "unit_price": "1"}], notes=HOSTILE, table_number=HOSTILE
    )
    expect(ticket(page, order, "pending").locator(".lines bdi")).to_have_text(HOSTILE)
    assert page.locator("main img").count() == 0
    accessible(page)
    fits(page)
    staff.step(order["id"], "cancelled")
    expect(page.locator(f"[data-order='{order['id']}']")).to_have_count(0)
