"""Computes a customer's consumption from their past orders."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from chalicelib.core.clock import from_wire, local_date
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.tenant import Tenant
from chalicelib.recurring.rows import rule_of
from chalicelib.recurring.rules import average_days

# A year of monthly deliveries. Older ones say little about the customer's consumption now.
_DELIVERIES: Final = 12
# Among so many newest orders, which one BatchGetItem reads.
_ORDERS: Final = 100

_ARRIVED: Final = ("delivered", "completed")


def interval_days(row: OrderTemplate, tenant: Tenant) -> int | None:
    """Average days between the customer's last 12 deliveries of any of the row's products; see `average_days`.

    None if the row's rule is not by consumption.
    """
    bounds = rule_of(row).by_consumption
    if bounds is None:
        return None
    product_ids = {item.product_id for item in row.items}
    newest = Order.query(
        tenant.id,
        Order.customer_key.startswith(f"{row.customer_id}#"),
        index_name="by_customer",
        scan_index_forward=False,
        consistent_read=True,
        limit=_ORDERS,
    )
    orders = Order.batch_get([(tenant.id, each.id) for each in newest], consistent_read=True)
    days = {_delivered_on(tenant, each) for each in orders if each.status in _ARRIVED and _has(each, product_ids)}
    return average_days(sorted(days)[-_DELIVERIES:], bounds)


def _has(order: Order, product_ids: Collection[str]) -> bool:
    return any((item.product_id or item.menu_item_id) in product_ids for item in order.items)


def _delivered_on(tenant: Tenant, order: Order) -> dt.date:
    # An imported order may lack the step.
    at = next((step.at for step in reversed(order.history) if step.status in _ARRIVED), order.updated_at)
    return local_date(from_wire(at), tenant.time_zone)
