"""`GET /v1/orders`: filters, paging, and no orders of other people."""

from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.calls import counted_calls
from tests.factories import Business, order_body


def listed(api: ApiClient, as_: Any, **query: str) -> list[str]:
    """Ids over all pages."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get("/v1/orders", as_=as_, query={**query, **({"cursor": cursor} if cursor else {})})
        assert answer.status == 200, answer.body
        found += [order["id"] for order in answer.body["items"]]
        cursor = answer.body["next_cursor"]
    return found


@pytest.fixture
def orders(api: ApiClient, gas: Business) -> list[str]:
    """Seven orders, oldest first: days alternate, every third is confirmed, the last has no customer."""
    ids = []
    for n in range(7):
        body = order_body(gas, scheduled_date=f"2026-12-0{n % 2 + 1}")
        if n == 6:
            body |= {"customer_id": None, "customer_name": "路過", "address": "路邊"}
        ids.append(api.post("/v1/orders", body, as_=gas.staff).body["id"])
        if n % 3 == 0:
            api.post(f"/v1/orders/{ids[-1]}/status", {"status": "confirmed"}, as_=gas.staff)
    return ids


@pytest.mark.parametrize("limit", ["1", "3", "100"])
def test_all_pages_together_are_all_orders_newest_first(
    api: ApiClient, gas: Business, orders: list[str], limit: str
) -> None:
    assert listed(api, gas.staff, limit=limit) == orders[::-1]


@pytest.mark.parametrize("limit", ["1", "100"])
def test_filters_alone_and_together(api: ApiClient, gas: Business, orders: list[str], limit: str) -> None:
    assert gas.customer is not None
    newest_first = orders[::-1]
    confirmed = [orders[6], orders[3], orders[0]]

    def ids(**query: str) -> list[str]:
        return listed(api, gas.staff, limit=limit, **query)

    assert ids(status="confirmed") == confirmed
    assert ids(status="confirmed,pending") == newest_first
    assert ids(status="delivered") == []
    assert ids(date="2026-12-02") == [orders[5], orders[3], orders[1]]
    assert ids(date="2026-12-02", status="confirmed") == [orders[3]]
    assert ids(customer_id=gas.customer.id) == newest_first[1:]
    assert ids(customer_id=gas.customer.id, date="2026-12-01", status="confirmed") == [orders[0]]
    assert ids(driver_id=gas.driver.id) == []


@pytest.mark.parametrize("limit", ["1", "2", "100"])
def test_several_statuses_are_one_list(api: ApiClient, gas: Business, orders: list[str], limit: str) -> None:
    api.post(f"/v1/orders/{orders[3]}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
    for each in ("delivering", "delivered"):
        api.post(f"/v1/orders/{orders[3]}/status", {"status": each}, as_=gas.staff)
    api.post(f"/v1/orders/{orders[1]}/status", {"status": "cancelled"}, as_=gas.staff)

    def ids(statuses: str, **query: str) -> list[str]:
        return listed(api, gas.staff, limit=limit, status=statuses, **query)

    assert ids("pending,confirmed,assigned") == [orders[n] for n in (6, 5, 4, 2, 0)]
    assert ids("cancelled,confirmed,delivered") == [orders[n] for n in (6, 3, 1, 0)]
    # Both that have ended are of the second day.
    assert ids("pending,delivered,cancelled", ended_date="2026-12-02") == [orders[n] for n in (5, 4, 3, 2, 1)]
    assert ids("pending,delivered,cancelled", ended_date="2026-12-01") == [orders[n] for n in (5, 4, 2)]
    assert ids("delivered,assigned", driver_id=gas.driver.id) == [orders[3]]
    assert ids("delivered,assigned", driver_id=gas.driver.id, ended_date="2026-12-01") == []
    assert listed(api, gas.driver_user, status="delivered,assigned", ended_date="2026-12-02") == [orders[3]]


def test_reading_open_orders_costs_the_same_however_many_have_ended(
    api: ApiClient, gas: Business, orders: list[str]
) -> None:
    for order_id in orders[1:]:
        api.post(f"/v1/orders/{order_id}/status", {"status": "cancelled"}, as_=gas.staff)
    api.token(gas.staff)
    with counted_calls() as calls:
        assert listed(api, gas.staff, status="pending,confirmed", limit="1") == [orders[0]]
    few = calls.total()
    with counted_calls() as calls:
        assert listed(api, gas.staff, status="cancelled", limit="1") == orders[:0:-1]
    assert few < calls.total()


def test_changes_since_an_instant_are_sorted_by_change(api: ApiClient, gas: Business, orders: list[str]) -> None:
    since = api.get(f"/v1/orders/{orders[5]}", as_=gas.staff).body["updated_at"]
    api.patch(f"/v1/orders/{orders[2]}", {"notes": "x"}, as_=gas.staff)
    assert listed(api, gas.staff, updated_since=since, limit="1") == [orders[5], orders[6], orders[2]]
    assert listed(api, gas.staff, updated_since=since, status="confirmed") == [orders[6]]


def test_a_customer_sees_their_own_whatever_they_ask_for(api: ApiClient, gas: Business, orders: list[str]) -> None:
    own = orders[:6][::-1]
    assert listed(api, gas.customer_user) == own
    assert listed(api, gas.customer_user, date="2026-12-01") == [orders[4], orders[2], orders[0]]
    assert listed(api, gas.customer_user, customer_id="somebody") == []
    assert listed(api, gas.customer_user, updated_since="2020-01-01T00:00:00Z", limit="2") != []


def test_no_list_shows_another_tenants_orders(
    api: ApiClient, gas: Business, restaurant: Business, orders: list[str]
) -> None:
    foreign = api.get("/v1/orders", as_=gas.staff, query={"limit": "1"}).body["next_cursor"]
    assert listed(api, restaurant.staff) == []
    assert listed(api, restaurant.staff, status="confirmed") == []
    answer = api.get("/v1/orders", as_=restaurant.staff, query={"cursor": foreign})
    assert answer.body["items"] == []


def test_a_restaurants_day_is_the_local_day_of_creation(api: ApiClient, restaurant: Business) -> None:
    order = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body
    today = order["order_number"][4:10]
    date = f"20{today[:2]}-{today[2:4]}-{today[4:6]}"
    assert listed(api, restaurant.staff, date=date) == [order["id"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"status": "pending,"}, "status"),
        ({"date": "yesterday"}, "date"),
        ({"ended_date": "yesterday"}, "ended_date"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"updated_since": "2026-11-22T00:00:00"}, "updated_since"),
        ({"updated_since": "0001-01-01T00:00:00+08:00"}, "updated_since"),
        ({"updated_since": "9999-12-31T23:59:59-08:00"}, "updated_since"),
        ({"customer_id": "a#b"}, "customer_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_filter_is_named(api: ApiClient, gas: Business, query: dict[str, str], field: str) -> None:
    answer = api.get("/v1/orders", as_=gas.staff, query=query)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
