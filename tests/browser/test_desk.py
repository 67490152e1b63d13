"""The other pages of the office: customers, SMS, health; two users see each other's changes."""

import itertools
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from chalicelib.core.clock import now, wire
from tests.browser.browser import Browser, accessible, connected, fits, sign_in
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

_HOSTILE = "<img src=x onerror=alert(1)>\u200fمرحبا 🔥 {name} " + "王" * 40
_numbers = itertools.count(1)


@pytest.fixture
def office(stack: LocalStack) -> Client:
    return Client(stack, "office_staff")


def opened(browser: Browser, address: str, role: str = "office_staff", **look: Any) -> Page:
    page = browser.signed_in(role, **look)
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    page.goto(f"{browser.console}#{address}")
    connected(page)
    return page


def customer_of(office: Client, **values: Any) -> dict[str, Any]:
    """A new customer for one test, with a unique name."""
    n = next(_numbers)
    new = {"name": f"測試客戶{n:02}", "phone": f"0955-000-{n:03}", "address": f"臺北市大安區測試街{n}號", **values}
    answer = office.post("/v1/customers", new)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def row(page: Page, customer: dict[str, Any]) -> Locator:
    return page.locator(f'[data-customer="{customer["id"]}"]')


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def test_two_desks_see_each_others_customers_within_a_second(browser: Browser, office: Client) -> None:
    customer = customer_of(office)
    here, there = opened(browser, f"customers/{customer['id']}"), opened(browser, "customers", "admin")
    expect(row(there, customer)).to_be_visible()
    panel = here.locator("dialog.panel")
    expect(panel).to_contain_text(customer["name"])
    # The first event starts functions; the measured ones follow.
    button(panel, "不再傳簡訊").click()
    expect(row(there, customer)).to_contain_text("不收簡訊")
    button(panel, "恢復傳簡訊").click()
    expect(here.locator(".toast").last).to_contain_text("已恢復傳簡訊")
    began = time.monotonic()
    expect(row(there, customer)).not_to_contain_text("不收簡訊")
    assert time.monotonic() - began < 1.0
    # And a new customer.
    another = customer_of(office)
    began = time.monotonic()
    expect(row(there, another)).to_be_visible()
    assert time.monotonic() - began < 1.0
    # Away, and back.
    there.context.set_offline(True)
    office.patch(f"/v1/customers/{another['id']}", {"status": "suspended"})
    there.evaluate("dispatchEvent(new Event('offline'))")
    there.context.set_offline(False)
    there.evaluate("dispatchEvent(new Event('online'))")
    expect(row(there, another)).to_contain_text("已停用")


def test_a_customer_is_found_added_and_put_right(browser: Browser, office: Client) -> None:
    page = opened(browser, "customers", phone=True)
    button(page, "新增客戶").click()
    sheet = page.get_by_role("dialog").last
    accessible(page)
    for name in ("name", "address", "notes"):
        sheet.locator(f"[name={name}]").fill(_HOSTILE)
    sheet.locator("[name=phone]").fill("123")
    sheet.locator("[name='location.latitude']").fill("25.03")
    sheet.locator("form .primary").click()
    expect(sheet.locator("[name='location.longitude']")).to_have_attribute("aria-invalid", "true")
    sheet.locator("[name='location.longitude']").fill("121.5")
    sheet.locator("form .primary").click()
    expect(sheet.locator(".wrong")).to_have_text("電話號碼不正確。")
    sheet.locator("[name=phone]").fill("0955-123-456")
    sheet.locator("form .primary").click()
    panel = page.locator("dialog.panel")
    expect(panel.locator(".title")).to_have_text(_HOSTILE)
    expect(panel).to_contain_text("25.03, 121.5")
    fits(page)
    accessible(page)
    # Another user changes it while it is edited here.
    customer = office.get("/v1/customers", q="0955-123-456").json()["items"][0]
    button(panel, "修改").click()
    editor = page.get_by_role("dialog").last
    editor.locator("[name=notes]").fill("請按電鈴")
    place = {"latitude": 25.04, "longitude": 121.5}
    office.patch(f"/v1/customers/{customer['id']}", {"address": "臺北市新地址9號", "location": place})
    editor.locator("form .primary").click()
    expect(editor.get_by_role("alert").filter(has_text="其他人也更新了")).to_contain_text("新地址9號")
    editor.locator("form .primary").click()
    expect(panel).to_contain_text("請按電鈴")
    stored = office.get(f"/v1/customers/{customer['id']}").json()
    assert (stored["notes"], stored["address"], stored["location"]) == ("請按電鈴", "臺北市新地址9號", place)
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{browser.console}#customers")
    page.get_by_role("searchbox").fill("0955 123 456")
    expect(page.locator(".customer-row")).to_have_count(1)
    expect(row(page, customer).locator(".name")).to_have_text(_HOSTILE)
    fits(page)
    page.get_by_role("searchbox").fill("沒有這個人")
    button(page, "清除條件").click()
    expect(row(page, customer)).to_be_visible()
    assert page.locator("main img").count() == 0


def test_a_customers_orders_and_recurring_orders(browser: Browser, office: Client) -> None:
    customer = customer_of(office)
    orders = [office.order(customer_id=customer["id"], notes=f"第{n}筆") for n in range(6)]
    page = opened(browser, f"customers/{customer['id']}")
    panel = page.locator("dialog.panel")
    links = panel.locator(".past-orders a")
    expect(links).to_have_count(5)
    button(panel, "更早的訂單").click()
    expect(links).to_have_count(6)
    assert links.last.get_attribute("href") == f"#orders/{orders[0]['id']}"
    office.step(orders[5]["id"], "confirmed")
    expect(panel.locator(".past-orders li").first).to_contain_text("已確認")
    button(panel, "新增定期訂單").click()
    sheet = page.get_by_role("dialog").last
    accessible(page)
    sheet.locator("form .primary").click()
    expect(sheet.get_by_role("alert").filter(has_text="至少選一項產品")).to_be_visible()
    sheet.locator(".product").first.click()
    sheet.get_by_label("一", exact=True).check()
    sheet.get_by_label("四", exact=True).check()
    sheet.locator("form .primary").click()
    recurring = panel.locator("[data-template]")
    expect(recurring).to_contain_text("每週一、四")
    button(recurring, "暫停").click()
    expect(recurring).to_contain_text("已暫停")
    # Another user changes it at the same time.
    [template] = office.get("/v1/order-templates", customer_id=customer["id"]).json()["items"]
    office.patch(f"/v1/order-templates/{template['id']}", {"notes": "另一位"})
    button(recurring, "恢復").click()
    expect(page.locator(".toast.red")).to_contain_text("剛被其他人修改")
    button(recurring, "恢復").click()
    expect(recurring).to_contain_text("下次")
    panel.get_by_role("link", name="為這位客戶下單").click()
    expect(page.locator(".chosen-customer")).to_contain_text(customer["name"])


def confirmed(office: Client, **values: Any) -> dict[str, Any]:
    """A new order whose customer is texted."""
    order = office.order(**values)
    assert office.step(order["id"], "confirmed").status_code == 200
    return order


def sms_of(page: Page, order: dict[str, Any]) -> Locator:
    return page.locator(f'[data-sms^="{order["id"]}."]')


def test_a_text_that_failed_is_explained_and_sent_again(browser: Browser, office: Client) -> None:
    gateway = browser.stack.info["sms_inbox_url"]
    here, there = opened(browser, "sms"), opened(browser, "sms", phone=True)
    requests.post(f"{gateway}/behave", json={"mode": "refuse", "count": 1}, timeout=SECONDS)
    order = confirmed(office, customer_name=_HOSTILE)
    attention = here.locator("section", has=here.get_by_role("heading", name="需要處理"))
    text = attention.locator(f'[data-sms^="{order["id"]}."]')
    # Both pages update without a user's action.
    expect(text).to_contain_text("簡訊業者拒收（400）")
    expect(sms_of(there, order)).to_contain_text("失敗")
    landline = confirmed(office, customer_phone="02-2345-6789")
    expect(sms_of(here, landline)).to_contain_text("市話收不到簡訊")
    accessible(there)
    fits(there)
    button(sms_of(here, landline), "重新傳送").click()
    expect(here.locator(".toast.red")).to_contain_text("市話收不到簡訊")
    button(text, "重新傳送").click()
    expect(here.locator(".toast").last).to_contain_text("已重新傳送")
    expect(sms_of(there, order)).not_to_contain_text("失敗")
    expect(text).to_have_count(0)
    expect(sms_of(here, order)).to_contain_text("已送出")
    expect(sms_of(there, order)).to_contain_text("已送出")
    here.get_by_role("button", name="未傳送").click()
    expect(sms_of(here, order)).to_have_count(0)
    expect(sms_of(here, landline)).to_be_visible()
    sms_of(here, landline).get_by_role("link").click()
    expect(here.locator("dialog.panel")).to_contain_text(landline["order_number"])


def test_texts_that_came_while_a_desk_was_away_are_there_afterwards(browser: Browser, office: Client) -> None:
    page = opened(browser, "sms")
    expect(page.locator(".sms-row, .blank").first).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    order = confirmed(office)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(sms_of(page, order)).to_be_visible()


def test_a_template_is_previewed_refused_for_its_link_and_reset(browser: Browser, office: Client) -> None:
    page = opened(browser, "sms/templates", "admin")
    card = page.locator('[data-template="delivering.zh-TW"]')
    expect(card).to_contain_text("不傳送")
    card.get_by_role("button").click()
    sheet = page.get_by_role("dialog")
    box, bubble = sheet.locator("[name=text]"), sheet.locator(".bubble")
    expect(bubble).to_contain_text("不會傳送簡訊")
    box.fill("出發了：")
    button(sheet, "訂單編號").click()
    expect(box).to_have_value("出發了：{order_number}")
    expect(bubble).to_contain_text("出發了：ORD-")
    expect(sheet).to_contain_text("1 段")
    accessible(page)
    box.fill("看這裡 https://evil.example/x")
    expect(bubble).to_contain_text("沒向電信業者登記")
    sheet.locator("form .primary").click()
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("出發了 <b>{order_number}</b>")
    sheet.locator("form .primary").click()
    expect(card).to_contain_text("出發了 <b>{order_number}</b>")
    reader = opened(browser, "sms/templates")
    expect(reader.locator('[data-template="delivering.zh-TW"]')).to_contain_text("自訂")
    expect(reader.get_by_role("button", name="修改")).to_have_count(0)
    card.get_by_role("button").click()
    button(sheet, "還原成預設").click()
    page.get_by_role("dialog").last.get_by_role("button", name="還原成預設").click()
    expect(card).to_contain_text("不傳送")


def test_a_notice_is_on_everybodys_screen_within_a_second(browser: Browser, office: Client) -> None:
    page = opened(browser, "health", "admin")
    driver = opened(browser, "today", "driver", phone=True)
    other = opened(browser, "orders")
    expect(page.locator(".connections")).to_contain_text("司機")
    form = page.locator(".notice-form form")
    form.locator("[name=title]").fill("今晚十點維護")
    form.locator("[name=message]").fill(_HOSTILE)
    form.locator("[name=severity]").select_option("critical")
    button(form, "發送").click()
    button(page.get_by_role("dialog"), "發送").click()
    expect(driver.locator(".announcements")).to_contain_text("今晚十點維護")
    began = time.monotonic()
    expect(other.locator(".announcements")).to_contain_text("今晚十點維護")
    assert time.monotonic() - began < 1.0
    assert driver.locator(".announcements img").count() == 0
    fits(driver)
    accessible(driver)
    # It is shown again after a reload, until the user closes it.
    driver.goto(f"{browser.console}#account")
    driver.locator(".announcements").get_by_role("button", name="關閉").click()
    expect(driver.locator(".announcements .notice")).to_have_count(0)


def test_the_health_page_shows_problems_and_remedies(browser: Browser, office: Client) -> None:
    requests.post(
        f"{browser.stack.info['sms_inbox_url']}/behave",
        json={"mode": "refuse", "count": 1},
        timeout=SECONDS,
    )
    confirmed(office)
    page = opened(browser, "health")
    verdict = page.locator(".verdict")
    expect(verdict.locator("[data-fault=ownSms]")).to_contain_text("到簡訊頁查看原因")
    expect(page.locator(".notice-form")).to_have_count(0)
    page.locator(".chart summary").first.click()
    expect(page.locator(".chart table").first.get_by_role("row")).to_have_count(8)
    accessible(page)
    page.route("**/v1/health", lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(verdict).to_contain_text("系統沒有回應")
    page.unroute("**/v1/health")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(verdict.locator("[data-fault=unreachable]")).to_have_count(0)


def test_the_hours_metrics_are_drawn_and_each_streams_delay_is_in_the_numbers(browser: Browser) -> None:
    metrics = {
        "seconds": 3600,
        "connections": 30,
        "connected": 40,
        "reconnected": 6,
        "refused": 0,
        "messages_per_second": 2.5,
        "posts_per_second": 0.25,
        "connection_seconds": 630,
        "errors": 0,
        "fan_out_size": 4.5,
        "fan_out_ms": 41,
        "fan_out_slowest_ms": 900,
        "stream_lag_ms": {"orders": 1200, "new_table": 90},
    }
    hour = {"connections": 30, "sent": 1, "failed": 0}
    before, present = (wire(now() - timedelta(hours=hours)) for hours in (1, 0))
    items = [{"at": before, **hour, "metrics": None}, {"at": present, **hour, "metrics": metrics}]
    page = browser.signed_in("office_staff")
    page.route("**/v1/health/hours", lambda route: route.fulfill(json={"items": items}))
    page.goto(f"{browser.console}#health")
    rows = {}
    for title in ("每小時新開的連線", "每秒訊息數", "連線時間中位數", "送達所有接收者的時間", "最慢的資料流延遲"):
        chart = page.locator(".chart", has_text=title)
        chart.locator("summary").click()
        expect(chart.get_by_role("row")).to_have_count(3)
        heads, *rows[title] = (row.inner_text().split() for row in chart.get_by_role("row").all())
    assert [cells[-2:] for cells in rows["每小時新開的連線"]] == [["–", "–"], ["6", "34"]]
    assert [cells[-1] for cells in rows["連線時間中位數"]] == ["–", "10.5"]
    assert rows["送達所有接收者的時間"][1][-2:] == ["41", "900"]
    assert (heads, rows["最慢的資料流延遲"][1][-2:]) == (["new_table", "訂單"], ["90", "1200"])
    assert "進行中" in rows["每秒訊息數"][1][1]
    assert "進行中" not in " ".join(rows["每秒訊息數"][0])
    accessible(page)
    fits(page)


def test_a_user_is_added_and_signs_in_until_suspended(browser: Browser, stack: LocalStack) -> None:
    page = opened(browser, "users", "admin")
    button(page, "新增使用者").click()
    sheet = page.get_by_role("dialog")
    accessible(page)
    sheet.locator("[name=name]").fill(_HOSTILE)
    sheet.locator("[name=username]").fill(stack.login("driver")["username"])
    sheet.locator("[name=role]").select_option("driver")
    sheet.locator("[name=driver_id]").select_option("陳大明")
    sheet.locator("[name=password]").fill("short")
    sheet.locator("form .primary").click()
    expect(sheet.locator("[name=password]")).to_have_attribute("aria-invalid", "true")
    sheet.locator("[name=password]").fill("a long password")
    sheet.locator("form .primary").click()
    expect(sheet.get_by_text("這個帳號已經有人使用")).to_be_visible()
    login = {"username": f"desk{next(_numbers)}@luckygas.example", "password": "a long password"}
    sheet.locator("[name=username]").fill(login["username"])
    sheet.locator("form .primary").click()
    row = page.locator("[data-user]").filter(has_text=login["username"])
    expect(row.locator("strong")).to_have_text(_HOSTILE)
    fits(page)
    phone = browser.page(phone=True)
    phone.goto(browser.console)
    sign_in(phone, **login)
    connected(phone)
    row.get_by_role("button", name="停用").click()
    button(page.get_by_role("dialog"), "停用").click()
    expect(row.locator(".badge.red")).to_have_text("已停用")
    expect(phone.locator("[name=password]")).to_be_visible()
    you = page.locator("[data-user]").filter(has_text="您自己")
    expect(you.get_by_role("button", name="停用")).to_have_count(0)
    row.get_by_role("button", name="恢復").click()
    expect(row.locator(".badge.red")).to_have_count(0)
    row.get_by_role("button", name="新密碼").click()
    sheet.locator("[name=password]").fill("another password")
    sheet.locator("form .primary").click()
    expect(page.locator(".toast").filter(has_text="密碼已更新")).to_be_visible()
    Client.signing_in(stack, login["username"], "another password")


def test_sales_are_taken_home_as_a_spreadsheet(browser: Browser) -> None:
    page = opened(browser, "reports")
    sales = page.locator("section").filter(has=page.get_by_role("heading", name="銷售"))
    expect(sales).to_contain_text("20公斤瓦斯桶")
    with page.expect_download() as download:
        button(sales, "下載 CSV：銷售").click()
    file = download.value
    assert file.suggested_filename.startswith("sales-")
    text = file.path().read_bytes().decode("utf-8-sig")
    assert "20公斤瓦斯桶" in text
    assert file.path().read_bytes().startswith(b"\xef\xbb\xbf"), "by which spreadsheets know UTF-8"
    page.get_by_label("從", exact=True).fill("2026-01-01")
    expect(page.get_by_role("alert")).to_contain_text("最多 92 天")
    button(page, "今天").click()
    expect(page.locator(".chart")).to_be_visible()
