"""The realtime client in a real browser, against the real server: what tests with a fake one cannot know."""

import json
from typing import Any
from urllib.parse import quote

import requests
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.browser import Browser, accessible, connected, sign_in
from tests.e2e.client import Client, eventually
from tests.patience import SECONDS

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=local"}

_FOLLOW = """
async ([url, token]) => {
  const { Realtime } = await import("/api/static/latest/realtime/realtime.js");
  window.told = [];
  window.states = [];
  window.realtime = new Realtime({ url, token });
  realtime.onState((state, reason) => states.push(reason ? `${state}:${reason}` : state));
  realtime.subscribe("orders", {
    onEvent: (event) => told.push(event.id),
    onReload: async () => {
      const answer = await fetch("/api/v1/orders?limit=1", { headers: { Authorization: `Bearer ${token}` } });
      return answer.json();
    },
  });
  realtime.start();
}
"""


def following(browser: Browser, client: Client) -> Page:
    page = browser.page()
    page.goto(browser.console)
    page.evaluate(
        _FOLLOW,
        [browser.stack.info["websocket_url"], client.tokens["access_token"]],
    )
    until(page, "realtime.state === 'live'")
    return page


def until(page: Page, expression: str) -> None:
    # Not with the driver's own waiting, which evaluates text in the page: the policy forbids that.
    eventually(lambda: page.evaluate(expression), expression)


def received(page: Page) -> list[str]:
    ids: list[str] = page.evaluate("told")
    return ids


def cut(browser: Browser, client: Client) -> None:
    """Ends every connection of the client's user, without a word."""
    mine = client.get("/v1/auth/me").json()["id"]
    rows: list[dict[str, Any]] = client.get("/v1/realtime/connections").json()["items"]
    for row in rows:
        if row["user_id"] == mine:
            address = quote(row["connection_id"], safe="")
            requests.delete(
                f"{browser.stack.info['rest_url']}/@connections/{address}",
                headers=SIGNED,
                timeout=SECONDS,
            )


def test_every_change_arrives_once_and_in_order_although_connections_break(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff")
    page = following(browser, staff)
    expected = []
    for n in range(12):
        order = staff.order()
        staff.step(order["id"], "confirmed")
        expected += [f"{order['id']}-1", f"{order['id']}-2"]
        if n % 4 == 2:
            cut(browser, staff)
    eventually(lambda: len(received(page)) >= len(expected), "every event")
    assert received(page) == expected
    states = page.evaluate("states")
    assert states.count("live") >= 2, states


def test_messages_on_the_socket_are_answered(browser: Browser) -> None:
    staff = Client(browser.stack, "office_staff")
    page = following(browser, staff)
    order = staff.order()
    say = "(message) => realtime.send(message).catch(({ code }) => ({ refused: code }))"
    accepted = page.evaluate(say, {"type": "order_update", "order_id": order["id"], "status": "confirmed"})
    assert (accepted["type"], accepted["status"]) == ("order_update_accepted", "confirmed")
    refused = page.evaluate(say, {"type": "order_update", "order_id": order["id"], "status": "delivered"})
    assert refused == {"refused": "illegal_transition"}


def test_a_sixth_connection_closes_the_oldest_which_stays_away(browser: Browser) -> None:
    driver = Client(browser.stack, "driver", which=1)
    context = browser.page().context
    pages = []
    for _ in range(6):
        page = context.new_page()
        page.goto(browser.console)
        page.evaluate(_FOLLOW, [browser.stack.info["websocket_url"], driver.tokens["access_token"]])
        until(page, "realtime.state === 'live'")
        pages.append(page)
    until(pages[0], "realtime.state === 'closed'")
    assert pages[0].evaluate("realtime.reason") == "too_many_connections"
    assert [page.evaluate("realtime.state") for page in pages[1:]] == ["live"] * 5


def test_the_console_shows_a_lost_and_a_restored_connection(browser: Browser) -> None:
    page = browser.signed_in("admin")
    # A page that loads no other files, so that none can be missing.
    page.goto(f"{browser.console}#account")
    expect(page.locator(".facts")).to_be_visible()
    # Playwright's own sockets complain about messages after their end.
    page.context.set_offline(True)
    cut(browser, Client(browser.stack, "admin"))
    expect(page.locator(".state")).to_have_text("連線已斷開")
    expect(page.get_by_role("alert")).to_contain_text("畫面可能不是最新的")
    accessible(page)
    page.context.set_offline(False)
    connected(page)
    expect(page.get_by_role("alert")).to_be_hidden()


_INBOX = """
async ([url, token, channel]) => {
  const { Realtime } = await import("/api/static/latest/realtime/realtime.js");
  window.told = [];
  window.realtime = new Realtime({ url, token, format: "flat" });
  realtime.subscribe(channel, {
    unseen: true,
    onEvent: (event) => { told.push(event.content); window.last = event.cursors[channel]; },
  });
  realtime.start();
}
"""


def test_messages_to_an_absent_user_come_to_each_device_until_they_are_seen(browser: Browser) -> None:
    staff, user = Client(browser.stack, "office_staff"), Client(browser.stack, "driver", which=1)
    me = user.get("/v1/auth/me").json()["id"]

    def send(content: str) -> None:
        body = {"type": "personal_message", "data": {"content": content}}
        assert staff.post(f"/v1/realtime/users/{me}/send", body).status_code == 202

    def device() -> Page:
        page = browser.page()
        page.goto(browser.console)
        address = [browser.stack.info["websocket_url"], user.tokens["access_token"], f"user:{me}"]
        page.evaluate(_INBOX, address)
        return page

    send("一")
    phone = device()
    until(phone, "told.at(-1) === '一'")
    send("二")
    until(phone, "told.at(-1) === '二'")
    tablet = device()
    until(tablet, "told.join() === '一,二'")
    phone.evaluate("(channel) => realtime.seen(channel, last)", f"user:{me}")
    mark = {"channel": f"user:{me}", "cursor": 0}
    eventually(lambda: user.post("/v1/realtime/seen", mark).json()["cursor"] == 2, "the mark is stored")
    send("三")
    until(phone, "told.join() === '一,二,三'")
    until(tablet, "told.join() === '一,二,三'")
    later = device()
    until(later, "told.join() === '三'")


class Refusals:
    """A server in front of the server that refuses to resume a channel while `on` says so."""

    def __init__(self, page: Page, channel: str) -> None:
        self.on = False
        self.count = 0
        self._page = page
        self._channel = channel
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/*token=*", self._connect)

    def cut(self) -> None:
        """Ends every connection of the page."""
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def noticed(self) -> bool:
        """Whether anything was refused; lets the page's messages come first."""
        self._page.wait_for_timeout(20)
        return self.count > 0

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self._sockets.append(socket)

        def sent(text: str | bytes) -> None:
            message = json.loads(text)
            if not self.on or (message["type"], message.get("channel")) != ("subscribe", self._channel):
                return server.send(text)
            self.count += 1
            refusal = {"type": "error", "code": "unavailable", "message": "Try again.", "ref": message["ref"]}
            return socket.send(json.dumps(refusal))

        socket.on_message(sent)


def test_a_page_opened_after_a_refused_resume_becomes_live(browser: Browser) -> None:
    Client(browser.stack, "office_staff").order()
    page = browser.page()
    refusals = Refusals(page, "orders")
    page.goto(browser.console)
    login = browser.stack.login("office_staff", "delivery")
    sign_in(page, login["username"], login["password"])
    connected(page)
    # From here on the board has a cursor to resume from.
    expect(page.locator(".order-card").first).to_be_visible()
    refusals.on = True
    refusals.cut()
    eventually(refusals.noticed, "a refusal")
    # Another page subscribes to the board's channel before the next attempt.
    page.evaluate("location.hash = '#sms'")
    expect(page.locator(".day-bar")).to_be_visible()
    refusals.on = False
    connected(page)


class Proxy:
    """A company's proxy in front of the server, which ends WebSockets while `blocks` says so."""

    def __init__(self, page: Page) -> None:
        self.blocks = True
        page.route_web_socket("**/*token=*", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.blocks:
            socket.close()
        else:
            socket.connect_to_server()


def test_the_console_behind_a_proxy_that_blocks_websockets_shows_new_orders(browser: Browser) -> None:
    page = browser.page()
    proxy = Proxy(page)
    page.goto(browser.console)
    login = browser.stack.login("office_staff", "delivery")
    sign_in(page, login["username"], login["password"])
    expect(page.locator(".state")).to_have_attribute("data-state", "polling")
    accessible(page)
    order = Client(browser.stack, "office_staff").order()
    expect(page.locator("main")).to_contain_text(order["order_number"][-4:])
    proxy.blocks = False
    connected(page)
