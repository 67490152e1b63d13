"""The cost of a report on one week for a tenant with a thousand orders and for one with a hundred thousand.

It is counted in DynamoDB's billed units, calls and rows read, in process: a table in memory reads everything for a
query, so its time does not show DynamoDB's.
"""

import datetime as dt
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import new_id, now
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.reports import orders
from chalicelib.reports.days import Range
from chalicelib.reports.sms import sms_by_day
from tests.api_client import ApiClient
from tests.bench.report import Report
from tests.factories import Business, order_body, principal

_ORDERS = (1_000, 100_000)
_WEEK = Range(dt.date(2026, 11, 16), dt.date(2026, 11, 22))
_A_DAY = 20

_REPORTS: dict[str, Callable[[Tenant], Any]] = {
    "daily": lambda tenant: orders.daily(principal(tenant), tenant, _WEEK.last, now()),
    "orders by status": lambda tenant: orders.orders_by_status(principal(tenant), tenant, _WEEK),
    "drivers": lambda tenant: orders.drivers(principal(tenant), tenant, _WEEK),
    "sales": lambda tenant: orders.sales(principal(tenant), tenant, _WEEK),
    "notifications": lambda tenant: sms_by_day(principal(tenant), tenant, _WEEK, now()),
}


@pytest.mark.timeout(300)
def test_a_week_costs_the_same_however_many_orders_there_are(
    api: ApiClient, gas: Business, report: Report
) -> None:
    made = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    Order(gas.tenant.id, made["id"]).update([Order.status.set("delivered")])
    costs: dict[str, list[tuple[int, int]]] = {name: [] for name in _REPORTS}
    stored = 0
    for count in _ORDERS:
        _store(gas.tenant, made["id"], stored, count)
        stored = count
        assert orders.orders_by_status(principal(gas.tenant), gas.tenant, _WEEK).orders == _A_DAY * 7
        for name, asked in _REPORTS.items():
            costs[name].append(_cost(lambda asked=asked: asked(gas.tenant)))  # type: ignore[misc]
    for name, ((calls, rows), (more_calls, more_rows)) in costs.items():
        report.at_most(
            f"report {name} of a week, {_ORDERS[1]:,} orders",
            f"{more_calls} calls, {more_rows} rows read",
            f"{_ORDERS[0]:,} orders: {calls} calls, {rows} rows",
            (more_calls + more_rows) / (calls + rows),
            1.0,
        )
        assert (more_calls, more_rows) == (calls, rows), name


def _store(tenant: Tenant, model_id: str, first: int, count: int) -> None:
    """Copies of an order into moto's table: 20 on each day of the week, the others years before it."""
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.models.dynamo_type import DynamoType

    table = dynamodb_backends["123456789012"]["ap-northeast-1"].tables[str(Order.Meta.table_name)]
    rows = next(iter(table.items.values()))
    sample = next(item for key, item in rows.items() if key.value == model_id)
    for n in range(first, count):
        in_week = n < _A_DAY * 7
        day = _WEEK.last - dt.timedelta(days=n % 7 if in_week else 30 + n % 1_000)
        order_id = new_id()
        row = copy(sample)
        row.attrs = {
            **sample.attrs,
            "id": DynamoType({"S": order_id}),
            "day_key": DynamoType({"S": f"{day.isoformat()}#{order_id}"}),
        }
        row.range_key = row.attrs["id"]
        rows[row.range_key] = row


def _cost(asked: Callable[[], Any]) -> tuple[int, int]:
    """Counts calls and rows read: those that match a query's key condition, and those read by key."""
    read: list[int] = []

    def note(parsed: dict[str, Any], **_: Any) -> None:
        got = sum(len(items) for items in parsed.get("Responses", {}).values())
        read.append(parsed.get("ScannedCount", got))

    events = aws.client("dynamodb").meta.events
    events.register("after-call.dynamodb", note)
    try:
        asked()
    finally:
        events.unregister("after-call.dynamodb", note)
    return len(read), sum(read)
