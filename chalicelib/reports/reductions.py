"""Order totals that were lowered on a day, by whom and why; the orders may be for other days."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.core.clock import day_bounds, wire
from chalicelib.core.fields import money_text
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.orders.money_changes import is_reduction
from chalicelib.reports.views import Reduction

# A list, because PynamoDB treats a tuple as one name.
_READ: Final = ["tenant_id", "id", "order_number", "table_number", "customer_name", "money_changes"]


def reductions_of(tenant: Tenant, day: dt.date) -> list[Reduction]:
    """The reductions made on the day, in order of time; eventually consistent.

    The index has only the last reduction of each order, so it also reads orders reduced after the day, a few per
    day.
    """
    start, end = (wire(bound) for bound in day_bounds(day, tenant.time_zone))
    found = [
        Reduction(
            order_id=order.id,
            order_number=order.order_number,
            table_number=order.table_number,
            customer_name=order.customer_name,
            at=change.at,
            by=change.by,
            by_name=None,
            reason=change.reason,
            status=change.status,
            total_before=money_text(change.before.total_price),
            total_after=money_text(change.after.total_price),
        )
        for order in _reduced_since(tenant.id, start)
        for change in order.money_changes or ()
        if start <= change.at < end and is_reduction(change)
    ]
    names = _names(tenant.id, {row.by for row in found})
    for row in found:
        row.by_name = names.get(row.by)
    return sorted(found, key=lambda row: (row.at, row.order_id))


def reduced(rows: Sequence[Reduction]) -> Decimal:
    """The sum of the reductions."""
    return sum((Decimal(row.total_before) - Decimal(row.total_after) for row in rows), Decimal(0))


def _reduced_since(tenant_id: str, start: str) -> list[Order]:
    keys = [(tenant_id, row.id) for row in Order.by_reduced.query(tenant_id, Order.reduced_at >= start)]
    return list(Order.batch_get(keys, attributes_to_get=_READ))


def _names(tenant_id: str, user_ids: set[str]) -> dict[str, str]:
    keys = [(tenant_id, each) for each in user_ids]
    return {row.id: row.name for row in User.batch_get(keys)}
