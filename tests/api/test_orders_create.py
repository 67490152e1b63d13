"""`POST /v1/orders`."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import local_day, now
from chalicelib.models.idempotency import Idempotency
from chalicelib.models.order import Order, OrderItem
from chalicelib.orders.pricing import total
from tests.api_client import ApiClient
from tests.factories import Business, delivery_business, order_body


def test_a_new_order_answers_with_its_address_and_price(api: ApiClient, gas: Business) -> None:
    answer = api.post("/v1/orders", order_body(gas), as_=gas.staff)
    assert answer.status == 201
    order = answer.body
    assert answer.headers["location"] == f"/api/v1/orders/{order['id']}"
    assert api.get(f"/v1/orders/{order['id']}", as_=gas.staff).body == {**order, "money_changes": []}
    assert (order["status"], order["payment_status"], order["version"]) == ("pending", "pending", 1)
    assert (order["total_price"], order["currency"]) == ("1440", "TWD")
    assert order["items"][0]["name"] == "20公斤瓦斯桶"
    assert [(entry["status"], entry["by"]) for entry in order["history"]] == [("pending", gas.staff.id)]


def test_absent_fields_come_from_the_customer(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    assert order["customer_name"] == gas.customer.name
    assert order["customer_phone"] == gas.customer.phone
    assert order["address"] == gas.customer.address
    assert order["location"] == {"latitude": 25.0268, "longitude": 121.5223}
    same = api.post("/v1/orders", order_body(gas, address=gas.customer.address), as_=gas.staff).body
    assert same["location"] == order["location"], "their own address, sent again"


def test_another_address_is_not_where_the_customer_lives(api: ApiClient, gas: Business) -> None:
    elsewhere = order_body(gas, address="臺北市信義路五段7號")
    order = api.post("/v1/orders", elsewhere, as_=gas.staff).body
    assert (order["address"], order["location"]) == ("臺北市信義路五段7號", None)
    place = {"latitude": 25.0339, "longitude": 121.5645}
    assert api.post("/v1/orders", {**elsewhere, "location": place}, as_=gas.staff).body["location"] == place


def test_staff_may_order_products_outside_the_catalogue(api: ApiClient, gas: Business) -> None:
    items = [
        {"name": "換調整器", "quantity": 1, "unit_price": "350.50"},
        {"name": "工資", "quantity": 3, "unit_price": 0.1},
    ]
    order = api.post("/v1/orders", order_body(gas, items=items), as_=gas.staff).body
    assert order["total_price"] == "350.8"


@pytest.mark.parametrize(("sent", "stored"), [(5, "5"), (0, "0"), ("05", "05"), ("A5", "A5"), (None, None)])
def test_a_table_may_be_named_by_a_number(api: ApiClient, restaurant: Business, sent: Any, stored: str) -> None:
    answer = api.post("/v1/orders", order_body(restaurant, table_number=sent), as_=restaurant.staff)
    assert (answer.status, answer.body["table_number"]) == (201, stored)
    row = Order.get(restaurant.tenant.id, answer.body["id"], consistent_read=True)
    assert row.table_number == stored


@pytest.mark.parametrize("sent", [5.5, True, -1, 10**15, 1e300, [5], ""])
def test_no_other_number_names_a_table(api: ApiClient, restaurant: Business, sent: Any) -> None:
    refused = api.post("/v1/orders", order_body(restaurant, table_number=sent), as_=restaurant.staff)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "table_number")
    assert Order.count(restaurant.tenant.id) == 0


def test_a_phone_is_stored_as_e164(api: ApiClient, gas: Business) -> None:
    order = api.post("/v1/orders", order_body(gas, customer_phone="0987-654 321"), as_=gas.staff).body
    assert order["customer_phone"] == "+886987654321"


def test_a_restaurant_orders_at_a_table(api: ApiClient, restaurant: Business) -> None:
    order = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body
    assert (order["table_number"], order["total_price"], order["scheduled_date"]) == ("A3", "90", None)


def test_a_customer_orders_for_themselves_at_the_catalogues_price(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    body = {"items": [{"product_id": gas.products[0].id, "quantity": 1}]}
    order = api.post("/v1/orders", body, as_=gas.customer_user).body
    assert (order["customer_id"], order["total_price"]) == (gas.customer.id, "720")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"product_id": "nope", "quantity": 1}]}, "items.0.product_id"),
        ({"items": [{"name": "x", "quantity": 1}]}, "items.0.unit_price"),
        ({"items": [{"quantity": 1, "unit_price": "1"}]}, "items.0.name"),
        ({"items": [{"name": "x", "quantity": 0, "unit_price": "1"}]}, "items.0.quantity"),
        ({"items": [{"name": "x", "quantity": 1.5, "unit_price": "1"}]}, "items.0.quantity"),
        ({"items": [{"name": "x", "quantity": 1, "unit_price": "-1"}]}, "items.0.unit_price"),
        ({"items": [{"name": "x", "quantity": 1, "unit_price": "0.001"}]}, "items.0.unit_price"),
        ({"items": [{"name": "x", "quantity": 1, "unit_price": "NaN"}]}, "items.0.unit_price"),
        ({"items": [{"name": "x", "quantity": 1, "unit_price": "1e99999"}]}, "items.0.unit_price"),
        ({"items": [{"name": "x\u0000", "quantity": 1, "unit_price": "1"}]}, "items.0.name"),
        ({"items": [{"name": "x", "quantity": 1, "unit_price": "1"}] * 101}, "items"),
        ({"customer_id": "nope"}, "customer_id"),
        ({"customer_phone": "12345"}, "customer_phone"),
        ({"location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        ({"scheduled_date": "2026-02-30"}, "scheduled_date"),
        ({"scheduled_date": "1999-01-01"}, "scheduled_date"),
        ({"payment_method": "bitcoin"}, "payment_method"),
        ({"notes": "x" * 2001}, "notes"),
        ({"total_price": "1"}, "total_price"),
        ({"expected_total": "sNaN"}, "expected_total"),
        ({"expected_total": "-1"}, "expected_total"),
        ({"tenant_id": "other"}, "tenant_id"),
        ({"status": "delivered"}, "status"),
        ({"customer_id": None}, "customer_name"),
        ({"template_id": "nope"}, "template_id"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(
    api: ApiClient, gas: Business, change: dict[str, Any], field: str
) -> None:
    answer = api.post("/v1/orders", order_body(gas, **change), as_=gas.staff)
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["code"] == "invalid"
    assert answer.body["errors"][0]["field"] == field
    assert list(Order.scan()) == []


def test_a_customer_may_not_set_prices_order_for_others_or_suppress_events(api: ApiClient, gas: Business) -> None:
    priced = [{"product_id": gas.products[0].id, "quantity": 1, "unit_price": "1"}]
    assert api.post("/v1/orders", order_body(gas, items=priced), as_=gas.customer_user).status == 422
    assert api.post("/v1/orders", order_body(gas, customer_id="other"), as_=gas.customer_user).status == 403
    assert api.post("/v1/orders", order_body(gas, notify=False), as_=gas.customer_user).status == 422
    assert list(Order.scan()) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"table_number": "A1"}, "table_number"),
        ({"estimated_time": 5}, "estimated_time"),
        ({"template_id": "x"}, "template_id"),
        ({"notify": False}, "notify"),
    ],
)
def test_fields_for_the_office_are_refused_from_a_customer(
    api: ApiClient, gas: Business, values: dict[str, Any], field: str
) -> None:
    answer = api.post("/v1/orders", order_body(gas, **values), as_=gas.customer_user)
    assert (answer.status, [each["field"] for each in answer.body["errors"]]) == (422, [field])
    assert list(Order.scan()) == []


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_only_the_office_enters_orders_of_yesterday(api: ApiClient, gas: Business, days: int) -> None:
    day = local_day(now() + timedelta(days=days), gas.tenant.time_zone)
    body = order_body(gas, scheduled_date=day)
    assert api.post("/v1/orders", body, as_=gas.staff).body["scheduled_date"] == day
    answer = api.post("/v1/orders", body, as_=gas.customer_user)
    assert answer.status == (201 if days >= 0 else 422)
    if days < 0:
        assert answer.body["errors"] == [{"field": "scheduled_date", "message": "is past"}]


def test_an_order_of_a_template_names_one_of_the_business(api: ApiClient, gas: Business) -> None:
    items = [{"product_id": gas.products[0].id, "quantity": 1}]
    assert gas.customer is not None
    new = {"customer_id": gas.customer.id, "items": items, "rule": {"every_days": 30}}
    template_id = api.post("/v1/order-templates", new, as_=gas.staff).body["id"]
    order = api.post("/v1/orders", order_body(gas, template_id=template_id), as_=gas.staff)
    assert (order.status, order.body["template_id"]) == (201, template_id)
    other = delivery_business()
    refused = api.post("/v1/orders", order_body(other, template_id=template_id), as_=other.staff)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "template_id")


def test_a_driver_may_not_order(api: ApiClient, gas: Business) -> None:
    assert api.post("/v1/orders", order_body(gas), as_=gas.driver_user).status == 403


def test_another_tenants_customer_and_product_do_not_exist(
    api: ApiClient, gas: Business, restaurant: Business
) -> None:
    foreign = [{"product_id": restaurant.products[0].id, "quantity": 1}]
    answer = api.post("/v1/orders", order_body(gas, items=foreign), as_=gas.staff)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "items.0.product_id")


KEY = {"Idempotency-Key": "a-key-of-the-client"}


def let_pass(time: timedelta) -> None:
    """Ages the keys as if they had been used so long ago."""
    for row in Idempotency.scan():
        row.update([Idempotency.expires_at.set(int((row.expires_at or 0) - time.total_seconds()))])


class TestIdempotencyKey:
    def test_a_repeat_is_answered_the_same_and_makes_one_order(self, api: ApiClient, gas: Business) -> None:
        first = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        api.post(f"/v1/orders/{first.body['id']}/status", {"status": "confirmed"}, as_=gas.staff)
        again = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        assert (again.status, again.body) == (201, first.body)
        assert again.headers["location"] == first.headers["location"]
        assert Order.count() == 1

    def test_another_body_under_the_same_key_is_refused(self, api: ApiClient, gas: Business) -> None:
        api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        answer = api.post("/v1/orders", order_body(gas, notes="else"), as_=gas.staff, headers=KEY)
        assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")
        assert Order.count() == 1

    def test_a_key_is_known_for_a_day(self, api: ApiClient, gas: Business) -> None:
        first = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        let_pass(timedelta(hours=23))
        assert api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY).body == first.body

    def test_an_expired_key_is_free_although_ttl_has_not_deleted_it(self, api: ApiClient, gas: Business) -> None:
        first = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        let_pass(timedelta(hours=25))
        second = api.post("/v1/orders", order_body(gas, notes="else"), as_=gas.staff, headers=KEY)
        assert second.status == 201
        assert second.body["id"] != first.body["id"]
        again = api.post("/v1/orders", order_body(gas, notes="else"), as_=gas.staff, headers=KEY)
        assert again.body == second.body

    def test_a_refused_request_leaves_the_key_free(self, api: ApiClient, gas: Business) -> None:
        assert api.post("/v1/orders", order_body(gas, items=[]), as_=gas.staff, headers=KEY).status == 422
        assert api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY).status == 201

    def test_another_users_idempotency_key_is_another_key(self, api: ApiClient, gas: Business) -> None:
        api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=KEY)
        assert api.post("/v1/orders", order_body(gas), as_=gas.admin, headers=KEY).status == 201
        assert Order.count() == 2

    def test_a_stored_answer_is_filtered_for_the_present_caller(self, api: ApiClient, gas: Business) -> None:
        first = api.post("/v1/orders", order_body(gas), as_=gas.customer_user, headers=KEY)
        [row] = Idempotency.scan()
        stored = msgspec.json.decode(row.answer)
        stored |= {
            "template_id": "OFFICE",
            "history": [{**stored["history"][0], "reason": "OFFICE", "by": "OFFICE"}],
        }
        row.update([Idempotency.answer.set(msgspec.json.encode({**stored, "margin": "OFFICE"}).decode())])
        again = api.post("/v1/orders", order_body(gas), as_=gas.customer_user, headers=KEY)
        assert (again.status, again.body) == (201, first.body)
        assert first.body["history"][0]["by"] is None

    @pytest.mark.parametrize("key", ["", "x" * 129, "tab\there"])
    def test_an_invalid_key_is_refused(self, api: ApiClient, gas: Business, key: str) -> None:
        answer = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers={"Idempotency-Key": key})
        assert answer.status == 422


@given(st.lists(st.tuples(st.integers(1, 999), st.decimals(0, 10_000_000, places=2)), min_size=1, max_size=100))
def test_totals_are_exact_whatever_the_lines(lines: list[tuple[int, Decimal]]) -> None:
    items = [OrderItem(id="i", name="x", quantity=quantity, unit_price=price) for quantity, price in lines]
    assert total(items) == sum(quantity * int(price * 100) for quantity, price in lines) / Decimal(100)
