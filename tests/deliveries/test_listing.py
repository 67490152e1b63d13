"""`GET /v1/deliveries`: by day, driver and outcome, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.deliveries.attempts import attempt_of
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import Order
from tests.api_client import ApiClient
from tests.deliveries.doors import on_the_way
from tests.factories import Business, delivery_business

DAYS = ("2026-11-21", "2026-11-22", "2026-11-23")
OUTCOMES = ("under_way", "delivered", "failed")


def attempt(gas: Business, n: int, day: str, driver_id: str, outcome: str) -> str:
    attempt_id = f"01K{n:023}-01"
    Delivery(
        gas.tenant.id,
        attempt_id,
        order_id=attempt_id[:26],
        order_number="ORD",
        order_version=1,
        number=1,
        driver_id=driver_id,
        started_at=f"{day}T01:00:00.000Z",
        outcome=outcome,
        day_key=f"{day}#{attempt_id}",
        driver_key=f"{driver_id}#{day}#{attempt_id}",
        outcome_key=f"{outcome}#{day}#{attempt_id}",
    ).save()
    return attempt_id


@pytest.fixture
def made(gas: Business) -> list[tuple[str, str, str, str]]:
    """Of every day, driver and outcome one; as (id, day, driver, outcome)."""
    kinds = [(day, driver.id, outcome) for day in DAYS for _, driver in gas.drivers for outcome in OUTCOMES]
    return [(attempt(gas, n, *kind), *kind) for n, kind in enumerate(kinds)]


def ids(api: ApiClient, gas: Business, **query: str) -> list[str]:
    """All items of a list, over all its pages."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/deliveries", as_=gas.staff, query={"limit": "2", **query, **cursor})
        assert page.status == 200, page.body
        found += [row["id"] for row in page.body["items"]]
        if page.body["next_cursor"] is None:
            return found
        cursor = {"cursor": page.body["next_cursor"]}


@pytest.mark.parametrize("date", [None, DAYS[1]])
@pytest.mark.parametrize("driver", [None, 1])
@pytest.mark.parametrize("outcome", [None, "failed"])
def test_every_filter_and_all_of_them_find_what_fits_newest_day_first(
    api: ApiClient,
    gas: Business,
    made: list[tuple[str, str, str, str]],
    date: str | None,
    driver: int | None,
    outcome: str | None,
) -> None:
    others = delivery_business()
    attempt(others, 99, DAYS[1], gas.drivers[1][1].id, "failed")
    driver_id = None if driver is None else gas.drivers[driver][1].id
    query: dict[str, Any] = {"date": date, "driver_id": driver_id, "outcome": outcome}
    expected = [
        each[0]
        for each in made
        if date in (None, each[1]) and driver_id in (None, each[2]) and outcome in (None, each[3])
    ]
    found = ids(api, gas, **{name: value for name, value in query.items() if value})
    assert sorted(found) == expected
    days = {each[0]: each[1] for each in made}
    assert [days[each] for each in found] == sorted((days[each] for each in found), reverse=True)


@pytest.mark.parametrize(
    "query", [{"date": "yesterday"}, {"outcome": "lost"}, {"limit": "0"}, {"cursor": "x"}, {"q": "x"}]
)
def test_an_invalid_filter_is_refused(api: ApiClient, gas: Business, query: dict[str, str]) -> None:
    assert api.get("/v1/deliveries", as_=gas.staff, query=query).status == 422


def test_a_cursor_of_another_list_is_refused(
    api: ApiClient, gas: Business, made: list[tuple[str, str, str, str]]
) -> None:
    cursor = api.get("/v1/deliveries", as_=gas.staff, query={"limit": "1"}).body["next_cursor"]
    for query in ({"outcome": "failed"}, {"driver_id": gas.driver.id}, {"date": DAYS[0]}):
        assert api.get("/v1/deliveries", as_=gas.staff, query={**query, "cursor": cursor}).status == 422


def test_the_list_is_for_staff(api: ApiClient, gas: Business) -> None:
    for who in (gas.driver_user, gas.customer_user):
        assert api.get("/v1/deliveries", as_=who).status == 403


def test_the_day_of_an_attempt_is_the_tenants(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    today = (now() + timedelta(hours=8)).date().isoformat()
    row = attempt_of(Order.get(gas.tenant.id, order_id), "Asia/Taipei")
    assert row is not None
    assert row.day_key == f"{today}#{order_id}-01"
