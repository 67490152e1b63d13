"""Short links in SMS and their pages, and the URL for receipts."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from chalicelib.auth.links import OPT_OUT, RECEIPT, TRACK, new_code, store_link
from chalicelib.core.clock import now, wire
from chalicelib.models.customer import Customer
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.opt_outs import opted_out
from chalicelib.sms.own_templates import save_template
from chalicelib.sms.queueing import queue_sms
from tests.api_client import ApiClient
from tests.factories import Business, principal
from tests.sms.fakes import make_order


def link(of: Business, purpose: str, subject: str, *, lasts: float = 1, customer_id: str | None = None) -> str:
    code = new_code()
    store_link(
        code, purpose, of.tenant.id, subject, customer_id=customer_id, lasts=timedelta(days=lasts), now=now()
    )
    return f"/v1/l/{code}"


def page(api: ApiClient, path: str, method: str = "GET", **headers: str) -> Any:
    return api.page(method, path, headers)


def order_of(of: Business, **values: Any) -> Order:
    order = make_order(of.tenant, updated_at=wire(now()), **values)
    order.save()
    return order


def test_a_tracking_link_shows_where_the_order_is_and_nothing_private(api: ApiClient, gas: Business) -> None:
    order = order_of(gas, status="arriving", customer_name="<script>王")
    gas.tenant.update([Tenant.name.set("<b>瓦斯行")])
    answer = page(api, link(gas, TRACK, order.id))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    for shown in ("<h1>司機即將抵達</h1>", order.order_number, "<bdi>&lt;b&gt;瓦斯行</bdi>"):
        assert shown in text
    for private in ("王", "0912", "市府路", "<b>"):
        assert private not in text


def test_a_tracking_link_is_the_live_page_itself(api: ApiClient, gas: Business) -> None:
    text = page(api, link(gas, TRACK, order_of(gas).id)).body.decode()
    [root] = re.findall('<div id="root">(.*)</div>', text)
    assert root.startswith('<div class="guest">')
    assert re.findall('<script type="module" src="([^"]+)">', text) == ["/api/static/console/track/start.js"]
    # Phones whose browser supports no modules, and those without scripts.
    assert "<script nomodule>setTimeout(" in text
    assert '<noscript><meta http-equiv="refresh" content="20" /></noscript>' in text
    assert "noindex" in text
    assert "{{" not in text


def test_a_live_page_has_the_policy_of_all_pages_and_its_address_goes_nowhere(
    api: ApiClient, gas: Business
) -> None:
    headers = page(api, link(gas, TRACK, order_of(gas).id)).headers
    of_console = page(api, "/console/track").headers
    for name in ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"):
        assert headers[name] == of_console[name]
    # The path has the code in it: requests for files and to the API would carry it into their logs.
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_a_link_speaks_the_language_that_the_phone_asks_for(api: ApiClient, gas: Business) -> None:
    path = link(gas, TRACK, order_of(gas, status="arriving").id)
    english = page(api, path, **{"Accept-Language": "en-GB"}).body.decode()
    assert '<html lang="en">' in english
    assert "<h1>The driver is nearly there</h1>" in english
    assert f"<title>The driver is nearly there · {gas.tenant.name}</title>" in english
    assert '<html lang="zh-Hant-TW">' in page(api, path, **{"Accept-Language": "fr"}).body.decode()


def test_braces_in_a_shops_name_are_no_placeholder(api: ApiClient, gas: Business) -> None:
    gas.tenant.update([Tenant.name.set("{{content}}{{api}}")])
    text = page(api, link(gas, TRACK, order_of(gas).id)).body.decode()
    assert "<bdi>{{content}}{{api}}</bdi>" in text
    assert "· {{content}}{{api}}</title>" in text


def test_plain_pages_run_no_script_and_only_their_own_style(api: ApiClient, gas: Business) -> None:
    for path in ("/v1/l/XXXXXXXXXXXX", link(gas, OPT_OUT, "+886912345678")):
        answer = page(api, path)
        text = answer.body.decode()
        assert "<script" not in text
        style = re.findall("<style>(.*?)</style>", text, re.DOTALL)[0]
        allowed = b64encode(sha256(style.encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{allowed}';" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_an_order_that_is_over_can_be_looked_at_for_a_day(api: ApiClient, gas: Business) -> None:
    order = order_of(gas, status="delivered")
    path = link(gas, TRACK, order.id)
    assert page(api, path).status_code == 200
    order.update([Order.updated_at.set(wire(now() - timedelta(hours=25)))])
    assert page(api, path).status_code == 404
    order.update([Order.status.set("delivering")])
    assert page(api, path).status_code == 200


@pytest.mark.parametrize("code", ["XXXXXXXXXXXX", "x", "%00", "..%2f", "a" * 2000])
def test_a_link_that_was_guessed_shows_nothing(api: ApiClient, gas: Business, code: str) -> None:
    for method in ("GET", "POST"):
        answer = page(api, f"/v1/l/{code}", method)
        assert answer.status_code == 404
        assert "連結" in answer.body.decode()


def test_links_that_are_over_or_for_something_else_show_nothing(api: ApiClient, gas: Business) -> None:
    order = order_of(gas)
    assert page(api, link(gas, TRACK, order.id, lasts=-1)).status_code == 404
    assert page(api, link(gas, RECEIPT, order.id)).status_code == 404
    assert page(api, link(gas, TRACK, "gone")).status_code == 404
    assert page(api, link(gas, TRACK, order.id), "POST").status_code == 404


def test_looking_at_an_opt_out_link_changes_nothing_and_its_button_does(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    phone = "+886912345678"
    path = link(gas, OPT_OUT, phone, customer_id=gas.customer.id)
    assert "停止接收簡訊" in page(api, path).body.decode()
    assert not opted_out(gas.tenant.id, phone)
    for _ in range(2):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert "您將不再收到" in page(api, f"{path}?again=0", "POST", **form).body.decode()
    assert opted_out(gas.tenant.id, phone)
    assert Customer.get(gas.tenant.id, gas.customer.id).sms_opt_out
    assert "重新接收簡訊" in page(api, path).body.decode()
    assert "停止接收簡訊" in page(api, f"{path}?again=1", "POST").body.decode()
    assert not opted_out(gas.tenant.id, phone)
    assert not Customer.get(gas.tenant.id, gas.customer.id).sms_opt_out


def test_a_text_with_links_has_ones_of_its_own_that_work(api: ApiClient, gas: Business) -> None:
    gas.tenant.update([Tenant.sms_allowed_links.set(["gas.example"])])
    text = "{order_number} {tracking_url} {opt_out_url}"
    save_template(principal(gas.tenant, "admin"), gas.tenant, "confirmed", "zh-TW", text, now=now())
    row = queue_sms(order_of(gas), gas.tenant, "corr-1")
    assert row is not None
    number, track, stop = row.content.split(" ")
    assert track.startswith("https://gas.example/api/v1/l/")
    assert number in page(api, track.removeprefix("https://gas.example/api")).body.decode()
    assert page(api, stop.removeprefix("https://gas.example/api"), "POST").status_code == 200
    again = queue_sms(order_of(gas), gas.tenant, "corr-1")
    assert again is not None
    assert (again.status, again.error) == ("skipped", "opted_out")


def test_a_receipt_comes_in_and_is_acknowledged_as_mitake_wants_it(api: ApiClient, gas: Business) -> None:
    row = queue_sms(order_of(gas), gas.tenant, "corr-1")
    assert row is not None
    row.update(row.becomes("sent"))
    store_link(row.receipt_code, RECEIPT, gas.tenant.id, row.id, lasts=timedelta(days=1), now=now())
    path = f"/v1/receipts/mitake/{row.receipt_code}"
    query = "?msgid=%2400000001&dstaddr=0912345678&dlvtime=20261122120000&statuscode=0&StatusFlag=4"
    for _ in range(3):
        answer = page(api, path + query)
        assert (answer.status_code, answer.body) == (200, b"magicid=sms_gateway_rpack\nmsgid=$00000001\n")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert Notification.get(gas.tenant.id, row.id).status == "delivered"


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), ("?msgid=1", 422), ("?msgid=1&StatusFlag=x", 422), ("?msgid=%0a&StatusFlag=4", 422)],
)
def test_an_invalid_receipt_is_refused(api: ApiClient, gas: Business, query: str, status: int) -> None:
    assert api.get(f"/v1/receipts/mitake/{new_code()}{query}").status == status


def test_a_receipt_at_a_guessed_address_is_refused(api: ApiClient, gas: Business) -> None:
    assert api.get(f"/v1/receipts/mitake/{new_code()}?msgid=1&StatusFlag=4").status == 404
