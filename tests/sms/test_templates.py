import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.templates import (
    DEFAULTS,
    LANGUAGES,
    LINK_VARIABLES,
    LONGEST_VALUE,
    STATUS_NAMES,
    VARIABLES,
    check_template,
    default_text,
    order_values,
    render,
)
from tests.sms.fakes import make_order

GAS = Tenant(id="t", name="幸福瓦斯", kind="delivery")


def rendered(template: str, order: Order, language: str = "zh-TW") -> str:
    return render(template, order_values(order, language, None), language)


def refused(text: str, *allowed: str) -> str | None:
    """The code that a text is refused with."""
    try:
        check_template(text, allowed, ["+886223456789"])
    except Invalid as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("confirmed", "您的瓦斯訂單 ORD-261122120000-A1B2 已確認。預計送達時間：2026-11-23"),
        ("arriving", "您的瓦斯即將送達！司機將在10-15分鐘內抵達。訂單編號：ORD-261122120000-A1B2"),
        ("delivered", "您的瓦斯訂單 ORD-261122120000-A1B2 已送達。感謝您的訂購！"),
    ],
)
def test_the_default_texts(status: str, text: str) -> None:
    template = default_text("delivery", status, "zh-TW")
    assert template is not None
    assert rendered(template, make_order(GAS, status=status)) == text


@pytest.mark.parametrize("status", ["pending", "assigned", "delivering", "arrived", "failed", "cancelled"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_other_statuses_have_no_text(status: str, language: str) -> None:
    assert default_text("delivery", status, language) is None


def test_every_default_exists_in_every_language_and_could_be_saved() -> None:
    for texts in DEFAULTS.values():
        for in_languages in texts.values():
            assert set(in_languages) == set(LANGUAGES)
            assert [refused(text) for text in in_languages.values()] == [None] * len(LANGUAGES)


def test_a_missing_value_reads_as_not_yet_known() -> None:
    order = make_order(GAS, scheduled_date=None)
    assert rendered("{scheduled_date}", order) == "待確認"
    assert rendered("{scheduled_date}", order, "en") == "to be confirmed"


def test_every_variable_has_a_value_for_a_full_order_in_every_language() -> None:
    order = make_order(GAS, status="arriving", estimated_time=12, pin="384019")
    for language in LANGUAGES:
        values = order_values(order, language, None)
        assert set(values) == set(VARIABLES[language])
        assert None not in values.values()
    template = "{status}，{estimated_time}，{address}，{customer_name}"
    assert rendered(template, order) == "即將送達，12分鐘，台北市信義區市府路1號，王小明"
    assert rendered("{status}, {estimated_time}", order, "en") == "almost there, 12 min"


def test_the_languages_know_the_same_statuses_and_variables() -> None:
    assert STATUS_NAMES["en"].keys() == STATUS_NAMES["zh-TW"].keys()
    assert VARIABLES["en"].keys() == VARIABLES["zh-TW"].keys()


@pytest.mark.parametrize("text", ["{oder_number}", "{}", "{order_number.id}", "{ status }", "{0}"])
def test_a_name_that_is_no_variable_is_refused(text: str) -> None:
    assert refused(f"您好 {text}") == "unknown_variable"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/x",
        "HTTP://EVIL.EXAMPLE",
        "www.evil.example",
        "查詢evil.com",
        "查詢bit.ly/abc",
        "查詢 evil.tw?x=1",
        "https://gas.tw@evil.example/",
        "https://gas.tw.evil.example/",
        "https://{customer_name}.gas.tw/",
        "https://gas.tw:8443/",
        "https://sub.gas.tw/track",
        "line://ti/p/x",
        "evil.vip",
        "evil.photography",
        "evil．com",
        "evil。com/x",
        "evil｡com",
        "ｅｖｉｌ.com",
        "evil\u200b.com",
        "e\u00advil.com",
        "xn--80ak6aa92e.xn--p1ai",
        "瓦斯.tw",
        "瓦斯.台灣",
        "gas.台灣/x",
        "203.0.113.9",
        "203.0.113.9/x",
        "203。0。113。9",
        "163.com",
        "9.ly/x",
        "gas.tw@evil.vip/x",
        "{customer_name}.vip",
    ],
)
def test_a_link_that_is_not_on_the_list_is_refused(text: str) -> None:
    assert refused(f"您好 {text}，謝謝", "gas.tw") == "link_not_allowed"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("查詢：https://gas.tw/track/{order_number}", "gas.tw"),
        ("查詢：https://GAS.tw/track?x=1。謝謝", "gas.tw/track"),
        ("www.gas.tw", "www.gas.tw"),
        ("gas.tw/a/b", "gas.tw/a"),
        ("http://localhost:8000/api/v1", "localhost:8000"),
        ("1.Open 2.Close. OK。謝謝。2026.11.30, 10.30pm, service@gas.example, v1.2.3, $1,234.50", "gas.tw"),
        ("沒有連結。20.5公斤，下午3:30，No.5，{order_number}", "gas.tw"),
        ("{tracking_url} 不想再收到：{opt_out_url}", "gas.example/api/v1/l"),
    ],
)
def test_a_link_on_the_list_is_allowed(text: str, allowed: str) -> None:
    assert refused(text, allowed) is None


@pytest.mark.parametrize(
    "text", ["0912-345-678", "洽詢０２-２３４５-６７８０", "(02) 2345 6780", "+886 912 345 678", "0800-000-123"]
)
def test_a_phone_number_that_is_not_on_the_list_is_refused(text: str) -> None:
    assert refused(f"請電{text}，謝謝") == "number_not_allowed"


@pytest.mark.parametrize(
    "text",
    ["02-2345-6789", "+886-2-23456789", "０２２３４５６７８９", "{order_number}", "10-15分鐘", "2026-11-30 12:00"],
)
def test_listed_numbers_and_digits_that_are_no_phone_number_are_allowed(text: str) -> None:
    assert refused(f"請電{text}，謝謝") is None


def test_an_entry_with_a_path_allows_only_links_below_it() -> None:
    assert refused("https://gas.tw/tracking", "gas.tw/track") == "link_not_allowed"
    assert refused("https://gas.tw/", "gas.tw/track") == "link_not_allowed"


@pytest.mark.parametrize("name", LINK_VARIABLES)
def test_our_own_links_need_a_place_on_the_list_as_well(name: str) -> None:
    assert refused(f"{{{name}}}") == "link_not_allowed"


@pytest.mark.parametrize("name", ["{order_number}", "{0}", "{order_number.__class__}", "{", "}", "%s", "\\1"])
def test_a_customers_name_is_text_and_nothing_more(name: str) -> None:
    order = make_order(GAS, customer_name=name)
    assert rendered("{customer_name} {order_number}", order) == f"{name} ORD-261122120000-A1B2"


@pytest.mark.parametrize("name", ["http://evil.example", "王 www.evil.tw", "bit.ly/x", "來evil.com看看"])
def test_a_link_in_a_name_or_an_address_does_not_get_into_a_text(name: str) -> None:
    order = make_order(GAS, customer_name=name, address=name)
    assert rendered("{customer_name}{address}", order) == "顧客待確認"


def test_a_long_address_is_cut_and_a_line_break_in_it_is_a_space() -> None:
    order = make_order(GAS, address="路" * 300, customer_name="王\n小明")
    assert rendered("{address}", order) == "路" * (LONGEST_VALUE - 1) + "…"
    assert rendered("{customer_name}", order) == "王 小明"


@given(st.text(st.sampled_from("{}_.![]0order_number瓦/:w"), max_size=40))
def test_rendering_and_checking_never_fail_otherwise(template: str) -> None:
    assert isinstance(render(template, {"order_number": "X"}, "zh-TW"), str)
    assert refused(template) in (None, "unknown_variable", "link_not_allowed")
