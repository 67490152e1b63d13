"""Networks without WebSockets: pages poll, show that they do, and return to the socket when they can."""

import itertools
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.browser import Browser, accessible, connected, fits, sign_in
from tests.browser.test_kitchen import ordered, ticket
from tests.browser.test_realtime import received, until
from tests.browser.test_tracking import confirmed, link_texts
from tests.e2e.client import Client

# WebSockets as behind a firewall: while `blocked` handshakes fail, and `block(true)` ends those that are open.
_FIREWALL = """
{
  const Real = globalThis.WebSocket;
  const open = new Set();
  globalThis.blocked = true;
  globalThis.block = (isBlocked) => {
    blocked = isBlocked;
    if (isBlocked) for (const socket of open) socket.close();
    open.clear();
  };
  globalThis.WebSocket = function (url) {
    if (blocked) {
      const refused = { readyState: Real.CONNECTING, send() {}, close() {} };
      setTimeout(() => {
        refused.readyState = Real.CLOSED;
        refused.onerror?.({});
        refused.onclose?.({});
      });
      return refused;
    }
    const socket = new Real(url);
    open.add(socket);
    return socket;
  };
}
"""
# Polls are 2 to 4 seconds apart; the shorter pauses leave a slow machine the rest of the five.
_SHORT_PAUSES = "Math.random = () => 0.25;"

# Follows the orders with timers that run twenty times as fast. `applied` counts the changes a page would show.
_FOLLOW = """
async ([url, token]) => {
  const { Realtime } = await import("/api/static/latest/realtime/realtime.js");
  const began = Date.now();
  const clock = {
    now: () => began + (Date.now() - began) * 20,
    setTimeout: (then, ms) => setTimeout(then, ms / 20),
    clearTimeout: (timer) => clearTimeout(timer),
  };
  window.told = [];
  window.states = [];
  window.reloads = 0;
  window.realtime = new Realtime({
    url,
    token,
    eventsUrl: "/api/v1/events",
    platform: { clock, random: () => 0.2 },
  });
  realtime.onState((state) => states.push(state));
  realtime.subscribe("orders", {
    onEvent: (event) => told.push(event.id),
    onReload: async () => {
      window.reloads += 1;
      const answer = await fetch("/api/v1/orders?limit=1", { headers: { Authorization: `Bearer ${token}` } });
      return answer.json();
    },
  });
  realtime.start();
}
"""


def behind_firewall(browser: Browser, **look: Any) -> Page:
    """An empty page whose network blocks WebSockets."""
    page = browser.page(**look)
    page.add_init_script(_FIREWALL)
    page.add_init_script(_SHORT_PAUSES)
    return page


def polling(page: Page, text: str = "每幾秒更新") -> None:
    """Waits until the page polls, and says so."""
    expect(page.locator(".state")).to_have_attribute("data-state", "polling")
    expect(page.locator(".state")).to_have_text(text)


def signed_in(browser: Browser, role: str, kind: str = "delivery", **look: Any) -> Page:
    page = behind_firewall(browser, **look)
    page.goto(browser.console)
    login = browser.stack.login(role, kind)
    sign_in(page, login["username"], login["password"])
    return page


def card(page: Page, order: dict[str, Any]) -> Any:
    return page.locator(f".order-card[data-id='{order['id']}']")


def test_a_board_without_websockets_shows_orders_and_returns_to_the_socket(
    browser: Browser,
) -> None:
    staff = Client(browser.stack, "office_staff")
    page = signed_in(browser, "office_staff")
    polling(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    accessible(page)
    order = staff.order()
    expect(card(page, order)).to_be_visible()
    assert staff.step(order["id"], "confirmed").status_code == 200
    expect(page.locator(f"[data-column=confirmed] [data-id='{order['id']}']")).to_be_visible()
    page.evaluate("block(false)")
    connected(page)
    later = staff.order()
    expect(card(page, later)).to_be_visible(timeout=1000)
    page.evaluate("block(true)")
    polling(page)
    last = staff.order()
    expect(card(page, last)).to_be_visible()
    for each in (order, later, last):
        expect(card(page, each)).to_have_count(1)


def test_a_kitchen_and_a_customers_page_poll_too(browser: Browser) -> None:
    kitchen = signed_in(browser, "office_staff", "table", language="en", phone=True)
    kitchen.goto(f"{browser.console}#kitchen")
    polling(kitchen, "Updating every few seconds")
    fits(kitchen)
    accessible(kitchen)
    order = ordered(Client(browser.stack, "office_staff", "table"))
    expect(ticket(kitchen, order, "pending")).to_be_visible()

    link_texts(browser.stack)
    delivery, address = confirmed(browser, Client(browser.stack, "office_staff"))
    customer = behind_firewall(browser, phone=True)
    customer.goto(address)
    polling(customer)
    fits(customer)
    accessible(customer)
    assert Client(browser.stack, "office_staff").step(delivery["id"], "cancelled").status_code == 200
    expect(customer.get_by_role("heading", level=1)).to_have_text("訂單已取消")


def test_the_health_page_shows_blocked_websockets(browser: Browser) -> None:
    page = signed_in(browser, "admin")
    page.goto(f"{browser.console}#health")
    polling(page)
    expect(page.locator("[data-fault=polling]")).to_contain_text("WebSocket")
    expect(page.locator("[data-fault=notLive]")).to_have_count(0)


def test_a_hundred_switches_between_polling_and_the_socket_lose_and_repeat_nothing(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff")
    page = behind_firewall(browser)
    page.goto(browser.console)
    page.evaluate(_FOLLOW, [browser.stack.info["websocket_url"], staff.tokens["access_token"]])
    until(page, "realtime.state === 'polling'")
    reloads = page.evaluate("reloads")
    order = staff.order()["id"]
    changes = itertools.count(2)

    def change() -> None:
        answer = staff.patch(f"/v1/orders/{order}", {"notes": f"change {next(changes)}"})
        assert answer.status_code == 200, answer.text

    for switch in range(100):
        page.evaluate("(isBlocked) => block(isBlocked)", switch % 2 == 1)
        # One event between the two states, and one in the next.
        change()
        until(page, f"realtime.state === '{'polling' if switch % 2 else 'live'}'")
        change()
    expected = [f"{order}-{version}" for version in range(1, 202)]
    until(page, f"told.length >= {len(expected)}")
    assert received(page) == expected
    states = page.evaluate("states")
    assert states.count("live") >= 50, states
    assert states.count("polling") >= 51, states
    # All changes arrived as events: no list had to replace any.
    assert page.evaluate("reloads") == reloads
