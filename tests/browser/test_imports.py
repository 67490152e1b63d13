"""Importing files of customers and orders."""

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.browser import Browser, accessible, connected, fits
from tests.e2e.client import Client

_HOSTILE = "<img src=x onerror=alert(1)> \u200fשלום 🔥"


def opened(browser: Browser) -> Page:
    page = browser.signed_in("office_staff", phone=True)
    page.goto(f"{browser.console}#imports")
    connected(page)
    return page


def brought(page: Page, name: str, *rows: str) -> None:
    """Uploads a CSV of customers as Excel in Taiwan writes it."""
    text = "\r\n".join(["姓名,電話,地址,編號,血型", *rows])
    picked = FilePayload(name=name, mimeType="text/csv", buffer=text.encode("utf-8-sig"))
    page.locator("[name=file]").set_input_files(picked)
    page.get_by_role("button", name="上傳並檢查").click()


def test_a_file_with_a_wrong_row_is_shown_mended_imported_and_brought_again(browser: Browser) -> None:
    page = opened(browser)
    page.get_by_role("button", name="上傳並檢查").click()
    expect(page.get_by_text("請填寫這個欄位")).to_be_visible()
    right = [f"匯入客戶{n},091200{n:04},臺北市大安區匯入路{n}號,i{n},A" for n in range(60)]
    brought(page, f"{_HOSTILE}.csv", *right, f"{_HOSTILE},12,臺北市,i99,B")
    expect(page.get_by_text("1 列有錯，還沒有寫入任何資料")).to_be_visible()
    wrong = page.locator("tr[data-row='62']")
    expect(wrong).to_contain_text("電話：電話號碼不正確")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.get_by_text("這些欄位不會匯入：血型")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("link", name="所有匯入").click()
    expect(page.locator("[data-import]").first).to_contain_text("已檢查")

    brought(page, "客戶.csv", *right)
    expect(page.get_by_text("60 列都正確")).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(50)
    page.get_by_role("button", name="顯示更多").click()
    expect(page.locator("tr[data-row]")).to_have_count(60)
    page.get_by_role("button", name="匯入 60 列").click()
    page.get_by_role("dialog").get_by_role("button", name="匯入 60 列").click()
    expect(page.get_by_text("匯入完成")).to_be_visible()
    assert len(Client(browser.stack, "admin").get("/v1/customers", q="匯入客戶59").json()["items"]) == 1

    page.get_by_role("link", name="所有匯入").click()
    brought(page, "客戶.csv", *right)
    expect(page.get_by_text("全部都已經是最新的")).to_be_visible()


def test_an_invalid_file_is_refused_with_a_reason(browser: Browser) -> None:
    page = opened(browser)
    picked = FilePayload(
        name="舊.xls", mimeType="application/vnd.ms-excel", buffer=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    )
    page.locator("[name=file]").set_input_files(picked)
    page.get_by_role("button", name="上傳並檢查").click()
    expect(page.get_by_role("alert")).to_contain_text("請另存成 .xlsx")
