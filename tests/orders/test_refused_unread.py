"""Refusals that depend only on the role happen before anything is read."""

from typing import Any

import pytest

from chalicelib.auth.principal import CUSTOMER, DRIVER, TABLE, Principal
from chalicelib.core.clock import now
from chalicelib.core.errors import Refusal
from chalicelib.orders.change import change_status
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import ItemDraft, OrderDraft, StatusDraft
from chalicelib.orders.estimates import LONGEST, estimate_actions
from chalicelib.orders.listing import OrderQuery, list_orders
from tests.calls import counted_calls
from tests.factories import Business, principal


def customer(gas: Business) -> Principal:
    assert gas.customer is not None
    return principal(gas.tenant, CUSTOMER, customer_id=gas.customer.id)


def driver(gas: Business) -> Principal:
    return principal(gas.tenant, DRIVER, driver_id=gas.driver.id)


@pytest.mark.parametrize(
    ("role", "status"),
    [(CUSTOMER, "confirmed"), (CUSTOMER, "delivered"), (DRIVER, "cancelled"), (DRIVER, "assigned")],
)
def test_a_step_that_the_role_never_makes(gas: Business, role: str, status: str) -> None:
    caller = {CUSTOMER: customer, DRIVER: driver}[role](gas)
    with counted_calls() as calls, pytest.raises(Refusal) as refused:
        change_status(caller, "some-order", StatusDraft(status=status), correlation_id="c", now=now())
    assert (refused.value.code, calls) == ("forbidden", {})


def test_an_estimate_with_a_step_that_the_role_never_makes(gas: Business) -> None:
    with counted_calls() as calls, pytest.raises(Refusal) as refused:
        estimate_actions(customer(gas), "some-order", "arriving", now() + LONGEST / 2, now=now())
    assert (refused.value.code, calls) == ("forbidden", {})


@pytest.mark.parametrize("values", [{"unit_price": "1"}, {"name": "x"}])
def test_a_price_or_a_name_of_ones_own(gas: Business, values: dict[str, Any]) -> None:
    items = [ItemDraft(product_id=gas.products[0].id, quantity=1, **values)]
    assert gas.customer is not None
    gas.customer.delete()
    with counted_calls() as calls, pytest.raises(Refusal) as refused:
        create_order(customer(gas), gas.tenant, OrderDraft(items=items), correlation_id="c", now=now())
    assert (refused.value.code, calls) == ("invalid", {})


def test_an_order_of_a_guest_at_another_table(restaurant: Business) -> None:
    items = [ItemDraft(menu_item_id=restaurant.products[0].id, quantity=1)]
    guest = principal(restaurant.tenant, TABLE, table_id="t1")
    with counted_calls() as calls, pytest.raises(Refusal) as refused:
        create_order(guest, restaurant.tenant, OrderDraft(items=items), correlation_id="c", now=now())
    assert (refused.value.code, calls) == ("forbidden", {})


@pytest.mark.parametrize(
    "query", [OrderQuery(), OrderQuery(customer_id="another"), OrderQuery(driver_id="another")]
)
def test_a_list_of_callers_without_orders_or_with_a_foreign_filter_is_empty(
    gas: Business, query: OrderQuery
) -> None:
    linked = query.customer_id or query.driver_id
    callers = {
        CUSTOMER: customer(gas) if linked else principal(gas.tenant, CUSTOMER),
        DRIVER: driver(gas) if linked else principal(gas.tenant, DRIVER),
    }
    own = [CUSTOMER] if query.customer_id else [DRIVER] if query.driver_id else [CUSTOMER, DRIVER]
    for role in own:
        with counted_calls() as calls:
            page = list_orders(callers[role], query)
        assert (page.orders, page.next_cursor, calls) == ([], None, {}), role
