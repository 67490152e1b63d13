"""Further attributes that status changes and assignments write, and their refusals."""

import pytest

from chalicelib.models.order import HistoryEntry, Order
from tests import factories
from tests.api_client import Answer, ApiClient
from tests.calls import just_before
from tests.factories import Business
from tests.visits import gas_order, move

AT = "2026-11-22T04:00:00.000Z"


def on_a_route(api: ApiClient, gas: Business) -> Order:
    """An assigned order with a route."""
    order = Order.get(gas.tenant.id, gas_order(api, gas, "confirmed", "assigned")["id"])
    order.update([Order.route_id.set("r")])
    return order


def assign(api: ApiClient, of: Business, order_id: str, driver_id: str, **values: int) -> Answer:
    return api.post(f"/v1/orders/{order_id}/assign", {"driver_id": driver_id, **values}, as_=of.staff)


@pytest.mark.parametrize("status", ["confirmed", "cancelled"])
def test_an_order_that_is_unassigned_or_cancelled_leaves_its_route(
    api: ApiClient, gas: Business, status: str
) -> None:
    order = on_a_route(api, gas)
    move(api, gas, order.id, status)
    order.refresh(consistent_read=True)
    assert order.route_id is None
    if status == "confirmed":
        assert (order.driver_id, order.driver_key) == (None, None)


def test_an_order_that_is_given_to_another_driver_leaves_its_route(api: ApiClient, gas: Business) -> None:
    order = on_a_route(api, gas)
    assert assign(api, gas, order.id, gas.drivers[1][1].id).status == 200
    order.refresh(consistent_read=True)
    assert order.route_id is None
    assert order.driver_id == gas.drivers[1][1].id


def test_an_order_that_was_assigned_before_there_were_pins_goes_out_with_one(
    api: ApiClient, gas: Business
) -> None:
    order = on_a_route(api, gas)
    order.update([Order.pin.remove()])
    move(api, gas, order.id, "delivering")
    order.refresh(consistent_read=True)
    assert order.pin


def test_only_staff_may_keep_a_step_quiet(api: ApiClient, gas: Business) -> None:
    order = on_a_route(api, gas)
    body = {"status": "delivering", "notify": False}
    answer = api.post(f"/v1/orders/{order.id}/status", body, as_=gas.driver_user)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "notify")
    assert api.post(f"/v1/orders/{order.id}/status", body, as_=gas.staff).status == 200


def test_an_assignment_of_an_older_version_is_refused_although_the_driver_is_the_same(
    api: ApiClient, gas: Business
) -> None:
    order = on_a_route(api, gas)
    answer = assign(api, gas, order.id, gas.driver.id, version=1)
    assert (answer.status, answer.body["code"]) == (409, "stale_version")


@pytest.mark.parametrize("steps", [(), ("confirmed", "assigned", "delivering")], ids=["pending", "delivering"])
def test_only_a_confirmed_or_assigned_order_gets_a_driver(
    api: ApiClient, gas: Business, steps: tuple[str, ...]
) -> None:
    order_id = gas_order(api, gas, *steps)["id"]
    answer = assign(api, gas, order_id, gas.drivers[1][1].id)
    assert (answer.status, answer.body["code"]) == (409, "illegal_transition")


def test_an_assignment_that_its_own_repeat_has_overtaken_changes_nothing(api: ApiClient, gas: Business) -> None:
    order_id = gas_order(api, gas, "confirmed")["id"]
    with just_before("UpdateItem", lambda: assign(api, gas, order_id, gas.driver.id)):
        slow = assign(api, gas, order_id, gas.driver.id)
    order = Order.get(gas.tenant.id, order_id)
    assert (slow.status, slow.body["version"]) == (200, order.version)
    assert [entry.status for entry in order.history].count("assigned") == 1


def test_an_order_of_a_restaurant_gets_no_driver(api: ApiClient, restaurant: Business) -> None:
    _, driver = factories.driver(restaurant.tenant)
    body = {"items": [{"product_id": restaurant.products[0].id, "quantity": 1}], "table_number": "A1"}
    order = api.post("/v1/orders", body, as_=restaurant.staff)
    assert order.status == 201, order.body
    move(api, restaurant, order.body["id"], "confirmed")
    answer = assign(api, restaurant, order.body["id"], driver.id)
    assert (answer.status, answer.body["code"]) == (409, "illegal_transition")


def test_an_order_with_a_full_history_is_not_assigned(api: ApiClient, gas: Business) -> None:
    order = Order.get(gas.tenant.id, gas_order(api, gas, "confirmed")["id"])
    order.update([Order.history.set([HistoryEntry(status="confirmed", at=AT, by="x") for _ in range(200)])])
    answer = assign(api, gas, order.id, gas.driver.id)
    assert (answer.status, answer.body["code"]) == (409, "history_full")
