"""Status changes, assignments and edits of orders over REST."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.models.order import Order
from chalicelib.models.product import Product
from chalicelib.orders.status import STEPS
from tests.api_client import Answer, ApiClient
from tests.calls import counted_calls
from tests.factories import Business, order_body


def new_order(api: ApiClient, business: Business, **values: Any) -> str:
    order_id: str = api.post("/v1/orders", order_body(business, **values), as_=business.staff).body["id"]
    return order_id


def step(api: ApiClient, order_id: str, status: str, as_: Any, **values: Any) -> Answer:
    return api.post(f"/v1/orders/{order_id}/status", {"status": status, **values}, as_=as_)


def assign(api: ApiClient, order_id: str, driver_id: str, as_: Any, **values: Any) -> Answer:
    return api.post(f"/v1/orders/{order_id}/assign", {"driver_id": driver_id, **values}, as_=as_)


def assigned_order(api: ApiClient, gas: Business) -> str:
    order_id = new_order(api, gas)
    assert step(api, order_id, "confirmed", gas.staff).status == 200
    assert assign(api, order_id, gas.driver.id, gas.staff).status == 200
    return order_id


def test_an_order_goes_all_the_way_and_remembers_it(api: ApiClient, gas: Business) -> None:
    order_id = assigned_order(api, gas)
    for status in ("delivering", "arriving", "arrived", "delivered"):
        answer = step(api, order_id, status, gas.driver_user)
        assert (answer.status, answer.body["status"]) == (200, status)
    order = api.get(f"/v1/orders/{order_id}", as_=gas.staff).body
    assert order["version"] == 7
    assert [(entry["status"], entry["by"]) for entry in order["history"]] == [
        ("pending", gas.staff.id),
        ("confirmed", gas.staff.id),
        ("assigned", gas.staff.id),
        *[(status, gas.driver_user.id) for status in ("delivering", "arriving", "arrived", "delivered")],
    ]


def test_a_table_order_goes_all_the_way(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    for status in ("confirmed", "preparing", "ready", "served", "completed"):
        assert step(api, order_id, status, restaurant.staff).body["status"] == status


def test_an_order_moves_to_a_table_named_by_a_number(api: ApiClient, restaurant: Business) -> None:
    path = f"/v1/orders/{new_order(api, restaurant)}"
    moved = api.patch(path, {"table_number": 12}, as_=restaurant.staff)
    assert (moved.status, moved.body["table_number"], moved.body["version"]) == (200, "12", 2)
    same = api.patch(path, {"table_number": "12"}, as_=restaurant.staff)
    assert same.body == moved.body, "the same table as text changes nothing"
    assert api.patch(path, {"table_number": None}, as_=restaurant.staff).body["table_number"] is None
    for sent in (5.5, False, -1):
        refused = api.patch(path, {"table_number": sent}, as_=restaurant.staff)
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, "table_number")


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_an_illegal_step_names_the_present_and_the_allowed_statuses(
    api: ApiClient, gas: Business, restaurant: Business, kind: str
) -> None:
    business = gas if kind == "delivery" else restaurant
    order_id = new_order(api, business)
    before = Order.get(business.tenant.id, order_id).to_simple_dict()
    for requested in set(STEPS[kind]) - {"confirmed", "cancelled"}:
        answer = step(api, order_id, requested, business.staff)
        assert (answer.status, answer.body["code"]) == (409, "illegal_transition")
        assert answer.body["current_status"] == "pending"
        assert answer.body["allowed"] == ["confirmed", "cancelled"]
    assert Order.get(business.tenant.id, order_id).to_simple_dict() == before


@pytest.mark.parametrize("status", ["preparing", "gone", "", "PENDING"])
def test_an_unknown_status_or_one_of_the_other_kind_is_a_bad_field(
    api: ApiClient, gas: Business, status: str
) -> None:
    answer = step(api, new_order(api, gas), status, gas.staff)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "status")


def test_a_step_costs_one_dynamodb_call(api: ApiClient, gas: Business) -> None:
    first, second = new_order(api, gas), new_order(api, gas)
    with counted_calls() as calls:
        assert step(api, first, "confirmed", gas.staff).status == 200
    assert calls["dynamodb.Query"] == 1, "the revocations, read once in five seconds"
    with counted_calls() as calls:
        assert step(api, second, "confirmed", gas.staff).status == 200
    assert calls == {"dynamodb.UpdateItem": 1}


def test_a_driver_moves_assigned_orders_only_and_sees_no_other(api: ApiClient, gas: Business) -> None:
    other_user, _ = gas.drivers[1]
    order_id = assigned_order(api, gas)
    assert step(api, order_id, "delivering", other_user).status == 404
    assert api.get(f"/v1/orders/{order_id}", as_=other_user).status == 404
    assert api.get("/v1/orders", as_=other_user).body["items"] == []
    assert step(api, order_id, "delivering", gas.driver_user).status == 200


def test_a_driver_may_not_make_the_offices_steps(api: ApiClient, gas: Business) -> None:
    order_id = assigned_order(api, gas)
    answer = step(api, order_id, "cancelled", gas.driver_user)
    assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert assign(api, order_id, gas.driver.id, gas.driver_user).status == 403
    assert api.patch(f"/v1/orders/{order_id}", {"notes": "x"}, as_=gas.driver_user).status == 403


def test_a_customer_cancels_their_own_order_while_it_is_pending(api: ApiClient, gas: Business) -> None:
    order_id = new_order(api, gas)
    assert step(api, order_id, "confirmed", gas.customer_user).status == 403
    assert step(api, order_id, "cancelled", gas.customer_user).status == 200
    later = new_order(api, gas)
    step(api, later, "confirmed", gas.staff)
    assert step(api, later, "cancelled", gas.customer_user).status == 403
    foreign = new_order(api, gas, customer_id=None, customer_name="別人", address="別處")
    assert step(api, foreign, "cancelled", gas.customer_user).status == 404


def test_another_tenants_order_does_not_exist(api: ApiClient, gas: Business, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    for answer in (
        api.get(f"/v1/orders/{order_id}", as_=gas.admin),
        api.patch(f"/v1/orders/{order_id}", {"notes": "x"}, as_=gas.admin),
        step(api, order_id, "confirmed", gas.admin),
        assign(api, order_id, gas.driver.id, gas.admin),
    ):
        assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_stale_version_is_refused_and_the_present_one_named(api: ApiClient, gas: Business) -> None:
    order_id = new_order(api, gas)
    assert step(api, order_id, "confirmed", gas.staff, version=1).status == 200
    for answer in (
        step(api, order_id, "cancelled", gas.staff, version=1),
        assign(api, order_id, gas.driver.id, gas.staff, version=1),
        api.patch(f"/v1/orders/{order_id}", {"notes": "x", "version": 1}, as_=gas.staff),
    ):
        assert (answer.status, answer.body["code"]) == (409, "stale_version")
        assert answer.body["current_version"] == 2


def test_an_order_that_goes_elsewhere_leaves_the_old_place(api: ApiClient, gas: Business) -> None:
    path = f"/v1/orders/{new_order(api, gas)}"
    place = {"latitude": 25.0339, "longitude": 121.5645}
    old = api.get(path, as_=gas.staff).body
    assert old["location"]
    same = api.patch(path, {"address": old["address"], "notes": "x"}, as_=gas.staff).body
    assert same["location"] == old["location"]
    assert api.patch(path, {"address": "信義路五段7號"}, as_=gas.staff).body["location"] is None
    both = api.patch(path, {"address": "信義路五段8號", "location": place}, as_=gas.staff).body
    assert both["location"] == place


def test_unassigning_and_trying_again_free_the_driver(api: ApiClient, gas: Business) -> None:
    order_id = assigned_order(api, gas)
    assert step(api, order_id, "confirmed", gas.staff).body["driver_id"] is None
    assign(api, order_id, gas.driver.id, gas.staff)
    step(api, order_id, "delivering", gas.driver_user)
    assert step(api, order_id, "failed", gas.driver_user, reason="沒人在家").status == 200
    order = step(api, order_id, "confirmed", gas.staff).body
    assert order["driver_id"] is None
    assert order["history"][-2]["reason"] == "沒人在家"
    assert api.get("/v1/orders", as_=gas.driver_user).body["items"] == []


class TestAssign:
    def test_to_another_driver_moves_the_order_to_their_list(self, api: ApiClient, gas: Business) -> None:
        order_id = assigned_order(api, gas)
        other_user, other = gas.drivers[1]
        assert assign(api, order_id, other.id, gas.staff).body["driver_id"] == other.id
        assert [order["id"] for order in api.get("/v1/orders", as_=other_user).body["items"]] == [order_id]
        assert api.get("/v1/orders", as_=gas.driver_user).body["items"] == []

    def test_to_the_same_driver_again_changes_nothing(self, api: ApiClient, gas: Business) -> None:
        order_id = assigned_order(api, gas)
        assert assign(api, order_id, gas.driver.id, gas.staff).body["version"] == 3

    def test_is_refused_before_confirmation_and_under_way(self, api: ApiClient, gas: Business) -> None:
        pending = new_order(api, gas)
        assert assign(api, pending, gas.driver.id, gas.staff).body["code"] == "illegal_transition"
        under_way = assigned_order(api, gas)
        step(api, under_way, "delivering", gas.driver_user)
        assert assign(api, under_way, gas.drivers[1][1].id, gas.staff).status == 409

    def test_needs_an_active_driver_of_the_tenant(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas)
        step(api, order_id, "confirmed", gas.staff)
        assert assign(api, order_id, "nobody", gas.staff).body["errors"][0]["field"] == "driver_id"
        gas.driver.status = "suspended"
        gas.driver.save()
        assert assign(api, order_id, gas.driver.id, gas.staff).status == 422

    def test_a_table_order_has_no_driver(self, api: ApiClient, gas: Business, restaurant: Business) -> None:
        order_id = new_order(api, restaurant)
        assert assign(api, order_id, gas.driver.id, restaurant.staff).status == 422


class TestPatch:
    def test_changes_the_sent_fields_and_the_price(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas)
        items = [{"product_id": gas.products[1].id, "quantity": 3}]
        patch = {"items": items, "notes": "二樓", "payment_status": "paid", "scheduled_date": "2026-12-24"}
        order = api.patch(f"/v1/orders/{order_id}", patch, as_=gas.staff).body
        assert (order["total_price"], order["notes"], order["payment_status"]) == ("1861.5", "二樓", "paid")
        assert order["version"] == 2
        assert order["customer_name"] == "王小姐"

    def test_remaining_lines_keep_their_agreed_price(self, api: ApiClient, gas: Business) -> None:
        first, second = gas.products
        agreed = {"product_id": first.id, "quantity": 1, "unit_price": "600", "name": "20公斤（老客戶）"}
        order_id = new_order(api, gas, items=[agreed])
        before = api.get(f"/v1/orders/{order_id}", as_=gas.staff).body["items"][0]
        first.update(
            [Product.is_cylinder.set(False), Product.status.set("suspended"), Product.unit_price.set(Decimal(1))]
        )
        items = [{"product_id": first.id, "quantity": 2}, {"product_id": second.id, "quantity": 1}]
        order = api.patch(f"/v1/orders/{order_id}", {"items": items}, as_=gas.staff).body
        assert order["items"][0] == {**before, "quantity": 2}
        assert (order["items"][1]["unit_price"], order["total_price"]) == ("620.5", "1820.5")
        assert Order.get(gas.tenant.id, order_id).items[0].is_cylinder is True
        items[0] |= {"unit_price": "610", "name": "20公斤"}
        order = api.patch(f"/v1/orders/{order_id}", {"items": items}, as_=gas.staff).body
        assert (order["items"][0]["unit_price"], order["items"][0]["name"]) == ("610", "20公斤")
        assert Order.get(gas.tenant.id, order_id).items[0].is_cylinder is True

    def test_two_lines_of_one_product_keep_their_own_prices(self, api: ApiClient, gas: Business) -> None:
        product_id = gas.products[0].id
        lines = [{"product_id": product_id, "quantity": 1, "unit_price": price} for price in ("600", "650")]
        order_id = new_order(api, gas, items=lines)
        items = [{"product_id": product_id, "quantity": many} for many in (1, 3, 1)]
        order = api.patch(f"/v1/orders/{order_id}", {"items": items}, as_=gas.staff).body
        assert [item["unit_price"] for item in order["items"]] == ["600", "650", "720"]

    def test_a_suspended_product_cannot_be_ordered(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas)
        gas.products[1].update([Product.status.set("suspended")])
        items = [{"product_id": product.id, "quantity": 1} for product in gas.products]
        answer = api.patch(f"/v1/orders/{order_id}", {"items": items}, as_=gas.staff)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "items.1.product_id")

    @pytest.mark.parametrize("payment", ["paid", "refunded"])
    def test_a_paid_order_keeps_its_lines(self, api: ApiClient, gas: Business, payment: str) -> None:
        order_id = new_order(api, gas)
        path = f"/v1/orders/{order_id}"
        api.patch(path, {"payment_status": payment}, as_=gas.staff)
        items = [{"product_id": gas.products[0].id, "quantity": 3}]
        refused = api.patch(path, {"items": items, "notes": "x"}, as_=gas.staff)
        assert (refused.status, refused.body["code"]) == (409, "order_paid")
        assert refused.body["current_payment_status"] == payment
        same = [{"product_id": gas.products[0].id, "quantity": 2, "unit_price": "720.00"}]
        assert api.patch(path, {"items": same, "notes": "x"}, as_=gas.staff).body["version"] == 3
        api.patch(path, {"payment_status": "pending"}, as_=gas.staff)
        assert api.patch(path, {"items": items}, as_=gas.staff).body["total_price"] == "2160"

    def test_moves_the_order_to_its_new_day(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas)
        api.patch(f"/v1/orders/{order_id}", {"scheduled_date": "2026-12-24"}, as_=gas.staff)
        listed = api.get("/v1/orders", as_=gas.staff, query={"date": "2026-12-24"}).body["items"]
        assert [order["id"] for order in listed] == [order_id]

    def test_null_empties_optional_fields(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas, notes="x", payment_method="cash")
        order = api.patch(f"/v1/orders/{order_id}", {"notes": None, "payment_method": None}, as_=gas.staff).body
        assert (order["notes"], order["payment_method"]) == (None, None)
        for name in ("address", "customer_name", "scheduled_date", "items", "payment_status"):
            assert api.patch(f"/v1/orders/{order_id}", {name: None}, as_=gas.staff).status == 422

    def test_an_empty_change_writes_nothing(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas, notes="x")
        assert api.patch(f"/v1/orders/{order_id}", {"notes": "x"}, as_=gas.staff).body["version"] == 1
        assert api.patch(f"/v1/orders/{order_id}", {}, as_=gas.staff).body["version"] == 1
        same = api.get(f"/v1/orders/{order_id}", as_=gas.staff).body
        lines = [{name: item[name] for name in ("product_id", "quantity")} for item in same["items"]]
        patch = {"items": lines, "location": same["location"]}
        assert api.patch(f"/v1/orders/{order_id}", patch, as_=gas.staff).body["version"] == 1

    def test_a_closed_order_keeps_all_but_payment_and_notes(self, api: ApiClient, gas: Business) -> None:
        order_id = new_order(api, gas)
        step(api, order_id, "cancelled", gas.staff)
        answer = api.patch(f"/v1/orders/{order_id}", {"address": "別處"}, as_=gas.staff)
        assert (answer.status, answer.body["code"]) == (409, "order_closed")
        refund = {"payment_status": "refunded", "notes": "退款"}
        assert api.patch(f"/v1/orders/{order_id}", refund, as_=gas.staff).body["payment_status"] == "refunded"

    @pytest.mark.parametrize("patch", [{"status": "delivered"}, {"id": "x"}, {"total_price": 1}, {"version": "1"}])
    def test_takes_no_other_field(self, api: ApiClient, gas: Business, patch: dict[str, Any]) -> None:
        answer = api.patch(f"/v1/orders/{new_order(api, gas)}", patch, as_=gas.staff)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, next(iter(patch)))


def test_an_order_that_was_moved_too_often_is_refused_with_the_reason(api: ApiClient, gas: Business) -> None:
    order_id = new_order(api, gas)
    step(api, order_id, "confirmed", gas.staff)
    row = Order.get(gas.tenant.id, order_id)
    row.history = row.history * 100
    row.save()
    answer = step(api, order_id, "cancelled", gas.staff)
    assert (answer.status, answer.body["code"]) == (409, "history_full")
