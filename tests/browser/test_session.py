"""Signing in and out, in one tab and in several."""

from typing import Any

from playwright.sync_api import Page, Route, expect
from pyotp import TOTP

from tests.browser.browser import Browser, accessible, connected, fits, sign_in
from tests.e2e.client import Client, create_user


def stored(page: Page) -> dict[str, Any]:
    storage: dict[str, Any] = page.evaluate(
        "({local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie})"
    )
    return storage


def test_a_wrong_password_is_refused_and_the_right_one_signs_in(browser: Browser) -> None:
    login = browser.stack.login("office_staff")
    page = browser.page()
    page.goto(browser.console)
    expect(page.locator("[name=username]")).to_be_focused()
    sign_in(page, login["username"], "not the password")
    expect(page.get_by_role("alert")).to_have_text("帳號或密碼不正確。")
    sign_in(page, login["username"], login["password"])
    connected(page)
    expect(page.locator(".state")).to_have_text("即時更新中")
    expect(page.locator(".who")).to_contain_text("內勤人員")


def test_a_missing_value_is_reported_at_its_field(browser: Browser) -> None:
    page = browser.page()
    page.goto(browser.console)
    page.locator("form .primary").click()
    expect(page.locator("[name=username]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=username]")).to_be_focused()
    expect(page.locator(".wrong")).to_have_count(2)


def test_tokens_are_stored_only_for_this_tab(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    storage = stored(page)
    # The device's token does not sign in without the password.
    assert set(storage["local"]) == {"luckygas.device"}
    assert storage["cookie"] == ""
    assert set(storage["session"]) == {"luckygas.session", "luckygas.memory"}


def test_where_storage_is_forbidden_the_console_works_until_the_next_reload(browser: Browser) -> None:
    login = browser.stack.login("office_staff")
    page = browser.page()
    # Chromium does this if all cookies are blocked.
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
             Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
           const denied = () => Promise.reject(new DOMException("denied", "SecurityError"));
           Object.defineProperty(navigator, "locks", { value: { request: denied, query: denied } });"""
    )
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    page.reload()
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_reload_and_a_new_tab_go_on_and_signing_out_ends_both(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    page.reload()
    connected(page)
    other = page.context.new_page()
    other.goto(browser.console)
    connected(other)
    page.get_by_role("button", name="登出").click()
    for each in (page, other):
        expect(each.locator("[name=password]")).to_be_visible()
        assert stored(each)["session"] == {}
    other.reload()
    expect(other.locator("[name=password]")).to_be_visible()


def test_impatient_reloads_in_several_tabs_do_not_sign_the_user_out(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    other = page.context.new_page()
    other.goto(browser.console)
    connected(other)
    for _ in range(3):
        for each in (page, other):
            each.reload(wait_until="commit")
    for each in (page, other):
        connected(each)


def test_a_reload_that_loses_the_answer_to_a_refresh_does_not_sign_the_user_out(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    page.evaluate(
        """() => {
          const tokens = JSON.parse(sessionStorage["luckygas.session"]);
          sessionStorage["luckygas.session"] = JSON.stringify({ ...tokens, expires_at: 0 });
        }"""
    )
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/v1/auth/refresh", lose)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/v1/auth/refresh")):
        page.reload(wait_until="commit")
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    connected(page)
    assert lost[0] == 200, "the server has used the token up"


def test_tabs_whose_token_is_over_together_refresh_it_once(browser: Browser) -> None:
    page = browser.signed_in("office_staff")
    other = page.context.new_page()
    other.goto(browser.console)
    connected(other)
    age = """() => {
      const tokens = JSON.parse(sessionStorage["luckygas.session"]);
      sessionStorage["luckygas.session"] = JSON.stringify({ ...tokens, expires_at: 0 });
    }"""
    refreshes: list[str] = []
    page.context.on(
        "request", lambda request: refreshes.append(request.url) if "/refresh" in request.url else None
    )
    for each in (page, other):
        each.evaluate(age)
    for each in (page, other):
        each.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(500)
    for each in (page, other):
        connected(each)
    assert 1 <= len(refreshes) <= 2


def test_a_session_that_is_ended_elsewhere_ends_here_with_a_notice(browser: Browser) -> None:
    admin = Client(browser.stack, "admin")
    login = {"username": "leaving@luckygas.example", "password": "a long password"}
    user_id = create_user(admin, browser.stack, login, name="離職員工")
    page = browser.page()
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    admin.patch(f"/v1/users/{user_id}", {"status": "suspended"})
    expect(page.locator("[name=password]")).to_be_visible()
    expect(
        page.get_by_role("status").filter(has_text="請重新登入").or_(page.get_by_text("已被停用"))
    ).to_be_visible()


def test_a_password_is_changed_and_faults_of_a_new_one_are_shown(browser: Browser) -> None:
    admin = Client(browser.stack, "admin")
    login = {"username": "changing@luckygas.example", "password": "the first password"}
    create_user(admin, browser.stack, login, name="換密碼")
    page = browser.page()
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    page.goto(f"{browser.console}#account")
    page.locator("[name=current_password]").fill(login["password"])
    page.locator("[name=new_password]").fill("short")
    page.locator("form .primary").click()
    expect(page.locator("[name=new_password]")).to_have_attribute("aria-invalid", "true")
    page.locator("[name=new_password]").fill("password1")
    page.locator("form .primary").click()
    expect(page.get_by_text("太容易被猜到")).to_be_visible()
    page.locator("[name=new_password]").fill("the second password")
    page.locator("form .primary").click()
    expect(page.get_by_text("密碼已變更。")).to_be_visible()
    connected(page)
    Client.signing_in(browser.stack, login["username"], "the second password")


def test_an_initial_password_is_changed_before_the_console_opens(browser: Browser) -> None:
    admin = Client(browser.stack, "admin")
    login = {"username": "first@luckygas.example", "password": "an initial password"}
    assert admin.post("/v1/users", {**login, "name": "新人", "role": "office_staff"}).status_code == 201
    page = browser.page()
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    expect(page.get_by_role("heading", name="請設定自己的密碼")).to_be_visible()
    accessible(page)
    page.reload()
    expect(page.locator("nav.pages")).to_have_count(0)
    page.locator("[name=current_password]").fill(login["password"])
    page.locator("[name=new_password]").fill(login["password"])
    page.locator("form .primary").click()
    expect(page.get_by_text("新密碼不能和目前的密碼相同")).to_be_visible()
    page.locator("[name=new_password]").fill("a password of one's own")
    page.locator("form .primary").click()
    connected(page)


def test_ones_other_sign_ins_are_seen_and_ended(browser: Browser) -> None:
    login = {"username": "signins@luckygas.example", "password": "a password of one's own"}
    create_user(Client(browser.stack, "admin"), browser.stack, login)
    elsewhere = Client.signing_in(browser.stack, login["username"], login["password"])
    page = browser.page()
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    page.goto(f"{browser.console}#account")
    rows = page.locator("[data-session]")
    expect(rows.filter(has_text="這個裝置")).to_have_count(1)
    # The newest of them, and the one of the first password change.
    others = rows.filter(has_text="Python")
    expect(others).to_have_count(2)
    accessible(page)
    fits(page)
    others.first.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="登出").click()
    expect(others).to_have_count(1)
    assert elsewhere.get("/v1/auth/me").status_code == 401
    page.get_by_role("button", name="登出其他所有裝置").click()
    page.get_by_role("dialog").get_by_role("button", name="登出").click()
    expect(rows).to_have_count(1)


def test_an_admin_turns_the_second_factor_on_and_off(browser: Browser) -> None:
    login = {"username": "second@luckygas.example", "password": "a password of one's own"}
    owner = browser.stack.login("admin")
    create_user(
        Client(browser.stack, "admin"), browser.stack, login, role="admin", current_password=owner["password"]
    )
    page = browser.page()
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    page.goto(f"{browser.console}#account")
    sheet = page.get_by_role("dialog")
    page.get_by_role("button", name="開啟兩步驟驗證").click()
    sheet.locator("[name=current_password]").fill(login["password"])
    sheet.locator("form .primary").click()
    expect(sheet.locator("img.qr")).to_be_visible()
    accessible(page)
    app = TOTP(sheet.locator("input[readonly]").input_value())
    sheet.locator("[name=code]").fill("000000")
    sheet.locator("form .primary").click()
    expect(sheet.get_by_text("驗證碼不正確或已經用過")).to_be_visible()
    sheet.locator("[name=code]").fill(app.now())
    sheet.locator("form .primary").click()
    expect(sheet.locator("ol li")).to_have_count(10)
    first, second, *_ = sheet.locator("ol li").all_text_contents()
    page.get_by_role("button", name="我已保存").click()
    page.get_by_role("button", name="登出", exact=True).first.click()
    sign_in(page, login["username"], login["password"])
    expect(page.locator("[name=totp_code]")).to_be_focused()
    page.locator("[name=totp_code]").fill(first)
    page.locator("form .primary").click()
    connected(page)
    page.goto(f"{browser.console}#account")
    page.get_by_role("button", name="關閉兩步驟驗證").click()
    sheet.locator("[name=current_password]").fill(login["password"])
    sheet.locator("[name=code]").fill(second)
    sheet.locator("form .primary").click()
    expect(page.get_by_role("button", name="開啟兩步驟驗證")).to_be_visible()


def test_a_hostile_name_is_shown_as_it_is(browser: Browser) -> None:
    name = "<img src=x onerror=alert(1)> \"'><script>alert(1)</script> {{static}} ${1} &amp;"
    admin = Client(browser.stack, "admin")
    login = {"username": "hostile@luckygas.example", "password": "a long password"}
    create_user(admin, browser.stack, login, name=name)
    page = browser.page()
    page.on("dialog", lambda _: browser.faults.append("a script ran"))
    page.goto(browser.console)
    sign_in(page, login["username"], login["password"])
    connected(page)
    page.goto(f"{browser.console}#account")
    expect(page.locator("main h2").first).to_have_text(name)
    assert page.locator("main img, main script").count() == 0
