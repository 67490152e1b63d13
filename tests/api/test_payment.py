"""`POST /v1/orders/{id}/payment`: changes of a payment, repeats, and their events."""

from typing import Any

import pytest

from tests.api_client import Answer, ApiClient
from tests.calls import just_before
from tests.factories import Business, order_body, table_business
from tests.world import World


def new_order(api: ApiClient, of: Business) -> str:
    order_id: str = api.post("/v1/orders", order_body(of), as_=of.staff).body["id"]
    return order_id


def pay(api: ApiClient, of: Business, order_id: str, status: str, **values: Any) -> Answer:
    return api.post(f"/v1/orders/{order_id}/payment", {"payment_status": status, **values}, as_=of.staff)


def test_a_bill_is_paid_and_given_back(api: ApiClient, restaurant: Business) -> None:
    order = new_order(api, restaurant)
    paid = pay(api, restaurant, order, "paid", payment_method="line_pay", version=1)
    assert (paid.status, paid.body["payment_status"], paid.body["payment_method"]) == (200, "paid", "line_pay")
    assert paid.body["version"] == 2
    back = pay(api, restaurant, order, "refunded")
    assert (back.body["payment_status"], back.body["payment_method"], back.body["version"]) == (
        "refunded",
        "line_pay",
        3,
    )


def test_paying_twice_is_paying_once(api: ApiClient, restaurant: Business) -> None:
    order = new_order(api, restaurant)
    first = pay(api, restaurant, order, "paid", payment_method="cash", version=1)
    for values in ({"payment_method": "cash", "version": 1}, {}, {"version": 2}):
        assert pay(api, restaurant, order, "paid", **values).body == first.body
    other = pay(api, restaurant, order, "paid", payment_method="card")
    assert (other.status, other.body["code"]) == (409, "illegal_payment_step")


@pytest.mark.parametrize(
    ("way", "expected", "allowed"),
    [
        ((), "refunded", ["paid"]),
        (("paid",), "pending", ["refunded"]),
        (("paid", "refunded"), "paid", []),
        (("paid", "refunded"), "pending", []),
    ],
)
def test_an_unknown_step_is_refused(
    api: ApiClient, restaurant: Business, way: tuple[str, ...], expected: str, allowed: list[str]
) -> None:
    order = new_order(api, restaurant)
    for status in way:
        pay(api, restaurant, order, status)
    refused = pay(api, restaurant, order, expected)
    assert (refused.status, refused.body["code"]) == (409, "illegal_payment_step")
    assert refused.body["allowed"] == allowed
    assert refused.body["current_payment_status"] == (way[-1] if way else "pending")
    assert api.get(f"/v1/orders/{order}", as_=restaurant.staff).body["version"] == 1 + len(way)


def test_a_cancelled_order_cannot_be_paid(api: ApiClient, gas: Business) -> None:
    order = new_order(api, gas)
    api.post(f"/v1/orders/{order}/status", {"status": "cancelled"}, as_=gas.staff)
    edited = api.patch(f"/v1/orders/{order}", {"payment_status": "paid"}, as_=gas.staff)
    for refused in (pay(api, gas, order, "paid"), edited):
        assert (refused.status, refused.body["code"]) == (409, "illegal_payment_step")
        assert (refused.body["current_status"], refused.body["allowed"]) == ("cancelled", [])
    assert api.get(f"/v1/orders/{order}", as_=gas.staff).body["payment_status"] == "pending"


def test_paying_an_order_that_is_being_cancelled_is_refused(api: ApiClient, gas: Business) -> None:
    order = new_order(api, gas)
    path = f"/v1/orders/{order}/status"
    with just_before("UpdateItem", lambda: api.post(path, {"status": "cancelled"}, as_=gas.staff)):
        refused = pay(api, gas, order, "paid")
    assert (refused.status, refused.body["code"]) == (409, "illegal_payment_step")


def test_a_payment_before_the_cancellation_can_be_refunded(api: ApiClient, gas: Business) -> None:
    order = new_order(api, gas)
    pay(api, gas, order, "paid")
    api.post(f"/v1/orders/{order}/status", {"status": "cancelled"}, as_=gas.staff)
    assert pay(api, gas, order, "paid").status == 200, "a repeat answers the same"
    assert pay(api, gas, order, "refunded").body["payment_status"] == "refunded"


def test_a_stale_version_is_refused(api: ApiClient, restaurant: Business) -> None:
    order = new_order(api, restaurant)
    api.patch(f"/v1/orders/{order}", {"notes": "x"}, as_=restaurant.staff)
    refused = pay(api, restaurant, order, "paid", version=1)
    assert (refused.status, refused.body["code"], refused.body["current_version"]) == (409, "stale_version", 2)


def test_others_orders_and_others_than_staff_are_refused(api: ApiClient, gas: Business) -> None:
    order = new_order(api, gas)
    assert pay(api, table_business(), order, "paid").status == 404
    assert pay(api, gas, "none", "paid").status == 404
    path = f"/v1/orders/{order}/payment"
    for user in (gas.driver_user, gas.customer_user):
        assert api.post(path, {"payment_status": "paid"}, as_=user).status == 403
    for body in ({}, {"payment_status": "gone"}, {"payment_status": "paid", "payment_method": "gold"}):
        assert api.post(path, body, as_=gas.staff).status == 422


def test_the_dashboard_receives_a_payments_event_once(world: World, restaurant: Business) -> None:
    order = new_order(world.api, restaurant)
    board = world.connect(restaurant.staff)
    world.deliver()
    for _ in range(2):
        pay(world.api, restaurant, order, "paid", payment_method="cash")
    world.deliver(times=2)
    received = {each["id"]: each for each in world.received(board, "order_updated")}
    assert list(received) == [f"{order}-2"]
    assert received[f"{order}-2"]["order"]["payment_status"] == "paid"
    pay(world.api, restaurant, order, "refunded", notify=False)
    world.deliver()
    assert f"{order}-3" not in {each["id"] for each in world.received(board, "order_updated")}
