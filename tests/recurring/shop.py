"""A tenant with recurring orders, and runs of the schedule on chosen days."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import convert

from chalicelib.core.clock import new_id, wire
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import OrderDraft
from chalicelib.recurring.drafts import NewTemplate, TemplateLine
from chalicelib.recurring.due import create_due
from chalicelib.recurring.rows import recurring
from chalicelib.recurring.rules import Rule
from chalicelib.recurring.templates import create_template
from tests.factories import Business, principal

DAY_0 = dt.date(2026, 11, 23)


def at(day: int, hour: int = 9, zone: str = "Asia/Taipei") -> dt.datetime:
    """An hour of a local day."""
    day_ = DAY_0 + dt.timedelta(days=day)
    return dt.datetime(day_.year, day_.month, day_.day, hour, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def iso(day: int) -> str:
    return (DAY_0 + dt.timedelta(days=day)).isoformat()


def template(
    gas: Business, rule: Rule | None = None, *, now: dt.datetime | None = None, **values: Any
) -> OrderTemplate:
    assert gas.customer is not None
    lines = [TemplateLine(product_id=gas.products[0].id, quantity=2)]
    new = {"customer_id": gas.customer.id, "items": lines, "rule": rule or Rule(every_days=7), **values}
    return create_template(principal(gas.tenant), gas.tenant, NewTemplate(**new), now=now or at(0))


def run(now: dt.datetime, **options: Any) -> dict[str, int]:
    return dict(create_due(now, correlation_id="run-1", **options))


def orders(gas: Business) -> list[Order]:
    return sorted(Order.query(gas.tenant.id), key=lambda order: order.id)


def scheduled(gas: Business) -> list[str | None]:
    return [order.scheduled_date for order in orders(gas)]


def skips(row: OrderTemplate) -> list[tuple[str | None, list[str]]]:
    rows = TemplateOrder.query(template_key(row.tenant_id, row.id))
    return [(each.reason, list(each.dates or ())) for each in rows if each.order_id is None]


def fresh(row: OrderTemplate) -> OrderTemplate:
    return OrderTemplate.get(row.tenant_id, row.id)


def delivered(gas: Business, day: int, product: Product, customer_id: str | None = None) -> None:
    assert gas.customer is not None
    body = {
        "customer_id": customer_id or gas.customer.id,
        "items": [{"product_id": product.id, "quantity": 1}],
    }
    view = create_order(
        recurring(gas.tenant), gas.tenant, convert(body, OrderDraft), correlation_id=new_id(), now=at(day)
    )
    step = HistoryEntry(status="delivered", at=wire(at(day)), by="u")
    Order(gas.tenant.id, view["id"]).update(
        [Order.status.set("delivered"), Order.history.set(Order.history.append([step]))]
    )
