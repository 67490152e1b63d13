"""How often customers and guests order, how much at once, and which orders wait for staff."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import now
from chalicelib.core.errors import TooFast
from chalicelib.models.rate_limit import RateLimit
from chalicelib.orders.limits import (
    MOST_OF_A_LINE,
    MOST_PIECES,
    PER_CUSTOMER,
    PER_GUEST,
    PER_TABLE,
    UNCONFIRMED_PER_TABLE,
    count_order,
)
from tests import factories
from tests.api_client import Answer, ApiClient
from tests.factories import Business, dining_table, order_body, product
from tests.visits import sat_down
from tests.world import World


def items_of(business: Business, *quantities: int) -> list[dict[str, Any]]:
    return [{"product_id": business.products[0].id, "quantity": quantity} for quantity in quantities]


def refused_as(answer: Answer, code: str) -> bool:
    wait = int(answer.headers.get("retry-after", 0))
    return (answer.status, answer.body["code"]) == (429, code) and wait > 0


def test_a_login_orders_only_so_often_in_a_day(api: ApiClient, gas: Business) -> None:
    for _ in range(PER_CUSTOMER.most):
        assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user).status == 201
    refused = api.post("/v1/orders", order_body(gas), as_=gas.customer_user)
    assert refused_as(refused, "too_many_orders"), refused.body
    assert len(api.get("/v1/orders", as_=gas.customer_user).body["items"]) == PER_CUSTOMER.most
    other = factories.user(gas.tenant, "customer", customer_id=factories.customer(gas.tenant).id)
    mine = {"items": items_of(gas, 1)}
    assert api.post("/v1/orders", mine, as_=other).status == 201
    assert api.post("/v1/orders", order_body(gas), as_=gas.staff).status == 201


def test_a_guest_orders_only_so_often_and_the_others_at_the_table_go_on(
    api: ApiClient, restaurant: Business
) -> None:
    table = dining_table(restaurant.tenant)
    guest = sat_down(api, table)
    for _ in range(PER_GUEST.most):
        assert guest.order(restaurant).status == 201
    assert refused_as(guest.order(restaurant), "too_many_orders")
    assert sat_down(api, table).order(restaurant).status == 201


def test_repeats_of_an_order_count_once(api: ApiClient, gas: Business) -> None:
    again = {"Idempotency-Key": "k-1"}
    for _ in range(PER_CUSTOMER.most + 5):
        assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user, headers=again).status == 201
    for _ in range(PER_CUSTOMER.most - 1):
        assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user).status == 201
    assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user).status == 429
    # What was answered is answered again.
    assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user, headers=again).status == 201


def test_repeats_of_the_same_moment_count_once(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: guest.order(restaurant, key="k"), range(4)))
    assert {answer.status for answer in answers} == {201}
    left = [guest.order(restaurant).status for _ in range(PER_GUEST.most - 1)]
    assert set(left) == {201}


def test_a_refused_order_does_not_count(api: ApiClient, gas: Business) -> None:
    for _ in range(PER_CUSTOMER.most):
        body = order_body(gas, items=items_of(gas, 999))
        assert api.post("/v1/orders", body, as_=gas.customer_user).status == 422
    assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user).status == 201


def test_a_guest_cannot_order_four_million_dollars(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    lines = [{"menu_item_id": restaurant.products[0].id, "quantity": 999}] * 100
    refused = guest.order(restaurant, items=lines)
    assert (refused.status, refused.body["code"]) == (422, "order_too_large")
    assert [each["field"] for each in refused.body["errors"]] == [f"items.{n}.quantity" for n in range(100)]
    assert api.get("/v1/orders", as_=restaurant.staff).body["items"] == []
    staffs = {"table_number": "A1", "items": lines}
    assert api.post("/v1/orders", staffs, as_=restaurant.staff).status == 201


@pytest.mark.parametrize(
    ("price", "quantities", "field"),
    [
        ("10", [MOST_OF_A_LINE, MOST_OF_A_LINE], None),
        ("10", [MOST_OF_A_LINE + 1], "items.0.quantity"),
        ("10", [1, MOST_OF_A_LINE + 1], "items.1.quantity"),
        ("10", [40, 40, 20], None),
        ("10", [40, 40, 21], "items"),
        ("1000", [50], None),
        ("1000", [50, 1], "items"),
    ],
)
def test_lines_pieces_and_total_of_a_customers_order_are_bounded(
    api: ApiClient, gas: Business, price: str, quantities: list[int], field: str | None
) -> None:
    gas.products.insert(0, product(gas.tenant, "瓦斯", price))
    answer = api.post("/v1/orders", order_body(gas, items=items_of(gas, *quantities)), as_=gas.customer_user)
    if field is None:
        assert answer.status == 201, answer.body
    else:
        assert (answer.status, answer.body["code"]) == (422, "order_too_large")
        assert [each["field"] for each in answer.body["errors"]] == [field]
    assert sum(quantities) <= MOST_PIECES or field is not None


def test_in_other_currencies_the_quantities_alone_are_bounded(api: ApiClient) -> None:
    # NT$50,000 are 1,000,000 dong of a cheap lunch.
    shop = factories.tenant("table", currency="VND")
    business = Business(shop, factories.user(shop, "admin"), factories.user(shop))
    business.products.append(product(shop, "Phở", "60000"))
    assert sat_down(api, dining_table(shop)).order(business).status == 201


def test_a_tables_31st_order_waits_for_staff_and_a_flood_ends(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    at = now()
    for n in range(PER_TABLE.most):
        assert not count_order(seated(restaurant, table.id, n), at).needs_confirmation
    guest = sat_down(api, table)
    taken = guest.order(restaurant)
    assert (taken.status, taken.body["needs_confirmation"], taken.body["status"]) == (201, True, "pending")
    path = f"/v1/orders/{taken.body['id']}"
    assert api.get(path, as_=restaurant.staff).body["needs_confirmation"] is True
    confirmed = api.post(f"{path}/status", {"status": "confirmed"}, as_=restaurant.staff)
    assert (confirmed.status, confirmed.body["needs_confirmation"]) == (200, False)
    assert guest.get(path).body["needs_confirmation"] is False
    for n in range(PER_TABLE.most, PER_TABLE.most + UNCONFIRMED_PER_TABLE.most - 1):
        assert count_order(seated(restaurant, table.id, n), now()).needs_confirmation
    assert refused_as(sat_down(api, table).order(restaurant), "too_many_orders")
    other = sat_down(api, dining_table(restaurant.tenant, "A2")).order(restaurant)
    assert (other.status, other.body["needs_confirmation"]) == (201, False)
    staffs = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff)
    assert (staffs.status, staffs.body["needs_confirmation"]) == (201, False)


def test_a_guest_who_is_refused_for_the_table_is_not_counted(aws: None, restaurant: Business) -> None:
    at = now()
    for n in range(PER_TABLE.most + UNCONFIRMED_PER_TABLE.most):
        count_order(seated(restaurant, "t-1", n), at)
    for _ in range(PER_GUEST.most + 1):
        with pytest.raises(TooFast):
            count_order(seated(restaurant, "t-1", 1000), at)
    for _ in range(PER_GUEST.most):
        count_order(seated(restaurant, "t-2", 1000), at)


def test_a_tables_hour_passes(aws: None, restaurant: Business) -> None:
    at = now()
    for n in range(PER_TABLE.most + 1):
        count_order(seated(restaurant, "t-1", n), at)
    assert not count_order(seated(restaurant, "t-1", 99), at + timedelta(hours=1)).needs_confirmation


def test_an_order_that_waits_is_marked_in_its_events(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    for n in range(PER_TABLE.most):
        count_order(seated(restaurant, table.id, n), now())
    counter = world.connect(restaurant.staff)
    order = sat_down(world.api, table).order(restaurant).body
    world.deliver()
    [event] = world.received(counter, "order_created")
    assert event["order"]["needs_confirmation"] is True
    world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=restaurant.staff)
    world.deliver()
    [event] = world.received(counter, "order_status_changed")
    assert event["order"]["needs_confirmation"] is False


def test_limits_name_no_person(api: ApiClient, gas: Business) -> None:
    assert api.post("/v1/orders", order_body(gas), as_=gas.customer_user).status == 201
    assert [row.key for row in RateLimit.scan()] == [
        f"customer_orders#{gas.tenant.id}.{gas.customer_user.id if gas.customer_user else ''}"
    ]


def seated(business: Business, table_id: str, n: int) -> Principal:
    """One of many guests at a table."""
    return Principal(business.tenant.id, "table", f"guest-{n}", "table", "s", 0, table_id=table_id)
