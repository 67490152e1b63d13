"""Cases that fail if a read of an order, its driver or an idempotency key is only eventually consistent."""

from collections.abc import Iterator

import msgspec
import pytest

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import now
from chalicelib.core.errors import Invalid
from chalicelib.models.driver import Driver
from chalicelib.orders.change import active_driver
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import ItemDraft, OrderDraft
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.orders.view import OrderView
from tests.factories import Business, principal
from tests.stale_reads import stale_reads


@pytest.fixture
def behind(gas: Business) -> Iterator[Business]:
    """A business, on a DynamoDB whose eventually consistent reads are one write behind."""
    with stale_reads():
        yield gas


def created(gas: Business, staff: Principal, key: str | None = None) -> OrderView:
    draft = OrderDraft(
        items=[ItemDraft(product_id=gas.products[0].id, quantity=1)],
        customer_name="王小明",
        customer_phone="0912345678",
        address="台北市信義區市府路1號",
    )
    return create_order(staff, gas.tenant, draft, correlation_id="c", now=now(), idempotency_key=key)


def test_a_request_that_is_repeated_at_once_gets_the_same_order(behind: Business) -> None:
    staff = principal(behind.tenant)
    assert created(behind, staff, "key")["id"] == created(behind, staff, "key")["id"]


def test_a_driver_who_was_suspended_a_moment_ago_gets_no_order(behind: Business) -> None:
    behind.driver.update([Driver.status.set("suspended")])
    with pytest.raises(Invalid):
        active_driver(behind.tenant.id, behind.driver.id)


@pytest.mark.parametrize("values", [{}, {"status": "pending"}, {"updated_since": "2026-11-22T04:00:00Z"}])
def test_a_list_has_an_order_that_was_created_a_moment_ago(behind: Business, values: dict[str, str]) -> None:
    staff = principal(behind.tenant)
    order = created(behind, staff)
    page = list_orders(staff, msgspec.convert(values, OrderQuery))
    assert [found.id for found in page.orders] == [order["id"]]
