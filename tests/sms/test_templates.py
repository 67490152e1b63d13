import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.tenant import Tenant
from chalicelib.sms.templates import DEFAULTS, VARIABLES, check_template, order_values, render, template_for
from tests.sms.fakes import make_order


def gas(**templates: str) -> Tenant:
    return Tenant(id="t", name="幸福瓦斯", kind="delivery", sms_templates=templates or None)


def restaurant(**templates: str) -> Tenant:
    return Tenant(id="r", name="小館", kind="table", sms_templates=templates or None)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("confirmed", "您的瓦斯訂單 ORD-261122120000-A1B2 已確認。預計送達時間：2026-11-23"),
        (
            "arriving",
            "您的瓦斯即將送達！司機將在10-15分鐘內抵達。訂單編號：ORD-261122120000-A1B2",
        ),
        ("delivered", "您的瓦斯訂單 ORD-261122120000-A1B2 已送達。感謝您的訂購！"),
    ],
)
def test_the_default_texts(status: str, text: str) -> None:
    template = template_for(gas(), status)
    assert template is not None
    assert render(template, order_values(make_order(gas(), status=status))) == text


@pytest.mark.parametrize("status", ["pending", "assigned", "delivering", "arrived", "failed", "cancelled"])
def test_other_statuses_have_no_text(status: str) -> None:
    assert template_for(gas(), status) is None


def test_guests_of_a_restaurant_get_no_texts_unless_it_writes_its_own() -> None:
    assert template_for(restaurant(), "confirmed") is None
    assert template_for(restaurant(ready="餐點好了 {order_number}"), "ready") == "餐點好了 {order_number}"


def test_a_tenants_own_text_goes_before_the_default_and_an_empty_one_switches_it_off() -> None:
    assert template_for(gas(confirmed="{customer_name}您好"), "confirmed") == "{customer_name}您好"
    assert template_for(gas(confirmed="{customer_name}您好"), "arriving") == DEFAULTS["delivery"]["arriving"]
    assert template_for(gas(confirmed=""), "confirmed") is None


def test_an_own_text_with_an_unknown_variable_is_passed_over() -> None:
    assert template_for(gas(confirmed="{oder_number}"), "confirmed") == DEFAULTS["delivery"]["confirmed"]
    assert template_for(restaurant(ready="{oder_number}"), "ready") is None


def test_a_missing_value_reads_as_not_yet_known() -> None:
    template = template_for(gas(), "confirmed")
    assert template is not None
    text = render(template, order_values(make_order(gas(), scheduled_date=None)))
    assert text.endswith("預計送達時間：待確認")


def test_every_variable_has_a_value_for_a_full_order() -> None:
    values = order_values(make_order(gas(), status="arriving", estimated_time=12))
    assert set(values) == set(VARIABLES)
    assert render("{status}，{estimated_time}，{address}，{customer_name}", values) == (
        "即將送達，12分鐘，台北市信義區市府路1號，王小明"
    )


def test_unknown_names_are_reported_in_order() -> None:
    assert check_template("{order_number} {a} {} {order_number.id} {{status}}") == ["a", "", "order_number.id"]
    for texts in DEFAULTS.values():
        assert all(check_template(text) == [] for text in texts.values())


@pytest.mark.parametrize("name", ["{order_number}", "{0}", "{order_number.__class__}", "{", "}", "%s", "\\1"])
def test_a_customers_name_is_text_and_nothing_more(name: str) -> None:
    values = order_values(make_order(gas(), customer_name=name))
    assert render("{customer_name} {order_number}", values) == f"{name} ORD-261122120000-A1B2"


@given(st.text(st.sampled_from("{}_.![]0order_number瓦"), max_size=40))
def test_rendering_never_fails(template: str) -> None:
    assert isinstance(render(template, {"order_number": "X"}), str)
