"""Daily numbers: 1, 2, 3 … for each restaurant and local day, never twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from chalicelib.models.counter import Counter
from chalicelib.orders.numbering import daily_number
from tests.api_client import ApiClient
from tests.factories import Business, dining_table, order_body, table_business
from tests.visits import sat_down


def test_guests_who_order_at_the_same_instant_get_different_numbers(api: ApiClient, restaurant: Business) -> None:
    guests = [sat_down(api, dining_table(restaurant.tenant, f"A{n}")) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda guest: guest.order(restaurant), guests))
    assert sorted(answer.body["daily_number"] for answer in answers) == list(range(1, 9))
    again = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body
    other = table_business()
    assert again["daily_number"] == 9
    assert api.post("/v1/orders", order_body(other), as_=other.staff).body["daily_number"] == 1


def test_numbers_restart_with_the_local_day(aws: None) -> None:
    # 16:00 UTC is midnight in Taipei.
    before, after = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert [daily_number("t", "Asia/Taipei", before) for _ in range(2)] == [1, 2]
    assert daily_number("t", "Asia/Taipei", after) == 1
    assert daily_number("t", "UTC", after) == 3, "a day is the tenant's own"
    assert all(row.expires_at > after.timestamp() for row in Counter.scan())


def test_deliveries_have_none(api: ApiClient, gas: Business) -> None:
    assert api.post("/v1/orders", order_body(gas), as_=gas.staff).body["daily_number"] is None


def test_a_refused_order_takes_no_number_and_a_repeat_keeps_its_own(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    assert guest.order(restaurant, items=[{"menu_item_id": "none", "quantity": 1}]).status == 422
    assert guest.order(restaurant, key="k").body["daily_number"] == 1
    assert guest.order(restaurant, key="k").body["daily_number"] == 1
    assert guest.order(restaurant, key="l").body["daily_number"] == 2
