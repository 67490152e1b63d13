"""`/v1/notifications/templates`, `…/preview` and `…/settings`."""

from typing import Any

import pytest

from chalicelib.models.sms_template import SmsTemplate
from chalicelib.models.tenant import Tenant
from chalicelib.sms.own_templates import texts_of
from tests import factories
from tests.api_client import ApiClient
from tests.factories import Business
from tests.sms.fakes import make_order

TEMPLATES = "/v1/notifications/templates"
PREVIEW = "/v1/notifications/preview"
SETTINGS = "/v1/notifications/settings"


def put(api: ApiClient, of: Business, text: str, place: str = "confirmed/zh-TW") -> Any:
    return api.call("PUT", f"{TEMPLATES}/{place}", {"text": text}, as_=of.admin)


def chosen(of: Business, status: str = "confirmed", language: str | None = None) -> tuple[str, str] | None:
    return texts_of(Tenant.get(of.tenant.id)).choose(status, language)


def test_the_list_has_every_status_in_every_language(api: ApiClient, gas: Business, restaurant: Business) -> None:
    items = api.get(TEMPLATES, as_=gas.staff).body["items"]
    assert len(items) == 9 * 2
    sent = {(item["status"], item["language"]) for item in items if item["is_sent"]}
    assert sent == {(s, x) for s in ("confirmed", "arriving", "delivered") for x in ("zh-TW", "en")}
    assert not any(item["is_own"] for item in items)
    items = api.get(TEMPLATES, as_=restaurant.staff).body["items"]
    assert not any(item["is_sent"] for item in items)


def test_an_own_text_goes_before_the_default_until_it_is_taken_back(api: ApiClient, gas: Business) -> None:
    answer = put(api, gas, "{customer_name}您好：{order_number}")
    assert (answer.status, answer.body["is_own"], answer.body["segments"]) == (200, True, 1)
    assert chosen(gas) == ("{customer_name}您好：{order_number}", "zh-TW")
    own = [item for item in api.get(TEMPLATES, as_=gas.staff).body["items"] if item["is_own"]]
    assert [(item["text"], item["updated_by"]) for item in own] == [
        ("{customer_name}您好：{order_number}", gas.admin.id)
    ]
    for _ in range(2):
        assert api.call("DELETE", f"{TEMPLATES}/confirmed/zh-TW", as_=gas.admin).status == 204
    text = chosen(gas)
    assert text is not None
    assert text[0].startswith("您的瓦斯訂單")


def test_an_empty_text_switches_its_status_and_language_off(api: ApiClient, gas: Business) -> None:
    put(api, gas, "")
    assert chosen(gas) is None
    english = chosen(gas, language="en")
    assert english is not None
    assert english[1] == "en"


def test_without_a_text_in_the_customers_language_the_tenants_is_used(
    api: ApiClient, restaurant: Business
) -> None:
    assert chosen(restaurant, "ready", "en") is None
    put(api, restaurant, "餐點好了 {order_number}", "ready/zh-TW")
    assert chosen(restaurant, "ready", "en") == ("餐點好了 {order_number}", "zh-TW")


def test_a_text_that_may_not_be_sent_any_more_is_passed_over(api: ApiClient, gas: Business) -> None:
    gas.tenant.update([Tenant.sms_allowed_links.set(["gas.tw"])])
    put(api, gas, "查詢 https://gas.tw/x")
    assert chosen(gas) == ("查詢 https://gas.tw/x", "zh-TW")
    gas.tenant.update([Tenant.sms_allowed_links.set([])])
    text = chosen(gas)
    assert text is not None
    assert text[0].startswith("您的瓦斯訂單")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{oder_number}", "unknown_variable"),
        ("https://evil.example/", "link_not_allowed"),
        ("{tracking_url}", "link_not_allowed"),
        ("x" * 401, "invalid"),
        ("a\x00b", "invalid"),
        ("a\tb", "invalid"),
        ("\u202ecba", "invalid"),
        (7, "invalid"),
        (None, "invalid"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_at_saving(
    api: ApiClient, gas: Business, text: Any, code: str
) -> None:
    answer = put(api, gas, text)
    assert (answer.status, answer.body["code"]) == (422, code)
    assert answer.body["errors"][0]["field"] == "text"
    assert texts_of(gas.tenant).own == {}


def test_other_places_do_not_exist_and_only_admins_write(
    api: ApiClient, gas: Business, restaurant: Business
) -> None:
    for place in ("confirmed/fr", "preparing/zh-TW", "x/en"):
        assert put(api, gas, "x", place).status == 404
        assert api.call("DELETE", f"{TEMPLATES}/{place}", as_=gas.admin).status == 404
    body = {"text": "x"}
    assert api.call("PUT", f"{TEMPLATES}/confirmed/zh-TW", body, as_=gas.staff).status == 403
    assert api.call("DELETE", f"{TEMPLATES}/confirmed/zh-TW", as_=gas.staff).status == 403
    assert api.patch(SETTINGS, {"language": "en"}, as_=gas.staff).status == 403
    for path in (TEMPLATES, SETTINGS):
        assert api.get(path, as_=gas.driver_user).status == 403
    put(api, gas, "ours")
    assert texts_of(restaurant.tenant).own == {}


def test_the_settings_are_shown_without_the_providers_address_and_changed_one_by_one(
    api: ApiClient, gas: Business
) -> None:
    before = api.get(SETTINGS, as_=gas.staff).body
    assert before == {
        "provider": "http",
        "sender": "LUCKYGAS",
        "language": "zh-TW",
        "price_per_segment": None,
        "currency": "TWD",
        "allowed_links": [],
        "daily_cap": 2000,
        "allowed_numbers": [],
    }
    after = api.patch(
        SETTINGS, {"price_per_segment": 0.85, "allowed_links": ["https://Gas.tw/Track/"]}, as_=gas.admin
    )
    assert (after.body["price_per_segment"], after.body["allowed_links"]) == ("0.85", ["gas.tw/Track"])
    after = api.patch(SETTINGS, {"price_per_segment": None, "language": "en"}, as_=gas.admin)
    assert (after.body["price_per_segment"], after.body["language"]) == (None, "en")
    assert after.body["allowed_links"] == ["gas.tw/Track"]
    assert api.patch(SETTINGS, {"daily_cap": 400}, as_=gas.admin).body["daily_cap"] == 400
    assert api.patch(SETTINGS, {"language": "en"}, as_=gas.admin).body["daily_cap"] == 400
    assert api.patch(SETTINGS, {"daily_cap": None}, as_=gas.admin).body["daily_cap"] == 2000


@pytest.mark.parametrize(
    "body",
    [
        {"language": "fr"},
        {"price_per_segment": -1},
        {"price_per_segment": "much"},
        {"allowed_links": ["not a host"]},
        {"allowed_links": [""]},
        {"allowed_links": ["gas.tw"] * 21},
        {"allowed_links": "gas.tw"},
        {"daily_cap": 0},
        {"daily_cap": 100_001},
        {"daily_cap": "400"},
        {"allowed_numbers": ["1234"]},
        {"allowed_numbers": ["+1 202 555 0100"]},
        {"provider": "sns"},
    ],
)
def test_settings_that_make_no_sense_change_nothing(api: ApiClient, gas: Business, body: Any) -> None:
    before = api.get(SETTINGS, as_=gas.admin).body
    assert api.patch(SETTINGS, body, as_=gas.admin).status == 422
    assert api.get(SETTINGS, as_=gas.admin).body == before


def test_a_link_that_a_text_needs_cannot_be_taken_off_the_list(api: ApiClient, gas: Business) -> None:
    api.patch(SETTINGS, {"allowed_links": ["gas.tw", "b.tw"]}, as_=gas.admin)
    put(api, gas, "https://gas.tw/x")
    answer = api.patch(SETTINGS, {"allowed_links": ["b.tw"]}, as_=gas.admin)
    assert (answer.status, answer.body["code"]) == (409, "link_in_use")
    assert api.patch(SETTINGS, {"allowed_links": ["gas.tw/x"]}, as_=gas.admin).status == 200


def test_a_phone_number_is_allowed_as_long_as_a_text_needs_it(api: ApiClient, gas: Business) -> None:
    assert put(api, gas, "請電 (02) 2345-6789").body["code"] == "number_not_allowed"
    set_ = api.patch(SETTINGS, {"allowed_numbers": ["02-2345-6789"]}, as_=gas.admin)
    assert set_.body["allowed_numbers"] == ["+886223456789"]
    assert put(api, gas, "請電 (02) 2345-6789").status == 200
    answer = api.patch(SETTINGS, {"allowed_numbers": []}, as_=gas.admin)
    assert (answer.status, answer.body["code"]) == (409, "number_in_use")
    assert api.get(SETTINGS, as_=gas.admin).body["allowed_numbers"] == ["+886223456789"]


def test_a_text_stored_before_there_was_a_list_of_numbers_is_still_sent(api: ApiClient, gas: Business) -> None:
    SmsTemplate(
        gas.tenant.id,
        "delivered.zh-TW",
        text="請電 02-2345-6789",
        updated_at="2026-01-01T00:00:00Z",
        updated_by="u",
    ).save()
    assert texts_of(gas.tenant).choose("delivered", None) == ("請電 02-2345-6789", "zh-TW")
    tenant = Tenant.get(gas.tenant.id)
    tenant.update([Tenant.sms_allowed_numbers.set([])])
    assert texts_of(tenant).choose("delivered", None) != ("請電 02-2345-6789", "zh-TW")


def test_a_preview_shows_text_segments_and_cost(api: ApiClient, gas: Business) -> None:
    api.patch(SETTINGS, {"price_per_segment": "0.85", "allowed_links": ["gas.example"]}, as_=gas.admin)
    body = api.post(PREVIEW, {}, as_=gas.staff).body
    assert body["text"].startswith("您的瓦斯訂單 ORD-")
    assert (body["segments"], body["cost"], body["currency"], body["language"]) == (1, "0.85", "TWD", "zh-TW")
    body = api.post(PREVIEW, {"text": "瓦" * 71}, as_=gas.staff).body
    assert (body["segments"], body["cost"]) == (2, "1.7")
    body = api.post(PREVIEW, {"text": "{tracking_url}"}, as_=gas.staff).body
    assert body["text"] == "https://gas.example/api/v1/l/XXXXXXXXXXXX"
    body = api.post(PREVIEW, {"text": "Hi {status}", "language": "en", "status": "arriving"}, as_=gas.staff).body
    assert body["text"] == "Hi almost there"
    assert api.post(PREVIEW, {"status": "pending"}, as_=gas.staff).body["segments"] == 0


def test_a_preview_with_an_order_has_its_values(api: ApiClient, gas: Business) -> None:
    order = make_order(gas.tenant, customer_name="林太太")
    order.save()
    draft = {"text": "{customer_name}", "order_id": order.id}
    assert api.post(PREVIEW, draft, as_=gas.staff).body["text"] == "林太太"
    assert api.post(PREVIEW, draft, as_=factories.delivery_business().staff).status == 404


@pytest.mark.parametrize(
    "draft", [{"status": "x"}, {"language": "fr"}, {"text": "{x}"}, {"text": "evil.tw"}, {"order_id": "a b"}]
)
def test_a_preview_refuses_the_same_rules_as_saving(api: ApiClient, gas: Business, draft: Any) -> None:
    assert api.post(PREVIEW, draft, as_=gas.staff).status == 422
