"""Reports on orders. An order counts on its scheduled day, with its current status."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import day_bounds, first_id
from chalicelib.core.fields import money_text
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.orders.status import STEPS
from chalicelib.reports.days import Range
from chalicelib.reports.reading import CountedOrder, orders_of
from chalicelib.reports.reductions import reduced, reductions_of
from chalicelib.reports.sms import sms_of_day
from chalicelib.reports.views import (
    DailyReport,
    DriverFigures,
    DriverReport,
    ProductSales,
    Revenue,
    SalesDay,
    SalesReport,
    StatusDay,
    StatusReport,
)


@rule(roles=STAFF)
def daily(_principal: Principal, tenant: Tenant, day: dt.date, now: dt.datetime) -> DailyReport:
    """One day's summary. Raises Invalid."""
    orders = list(orders_of(tenant.id, Range(day, day)))
    by_status = _by_status(tenant, Counter(order.status for order in orders))
    reductions = reductions_of(tenant, day)
    return DailyReport(
        date=day.isoformat(),
        currency=tenant.currency,
        orders=len(orders),
        created=_created(tenant, day),
        delivered=sum(order.is_sale for order in orders),
        failed=by_status.get("failed", 0),
        cancelled=by_status["cancelled"],
        by_status=by_status,
        revenue=_revenue(orders),
        texts=sms_of_day(tenant, day, now),
        reduced=money_text(reduced(reductions)),
        reductions=reductions,
    )


@rule(roles=STAFF)
def orders_by_status(_principal: Principal, tenant: Tenant, days: Range) -> StatusReport:
    """Raises Invalid."""
    found: dict[str, Counter[str]] = {day: Counter() for day in days}
    for order in orders_of(tenant.id, days):
        found[order.day][order.status] += 1
    total = sum(found.values(), Counter[str]())
    return StatusReport(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        orders=total.total(),
        by_status=_by_status(tenant, total),
        days=[StatusDay(day, counts.total(), _by_status(tenant, counts)) for day, counts in found.items()],
    )


@rule(roles=STAFF)
def drivers(_principal: Principal, tenant: Tenant, days: Range) -> DriverReport:
    """Deliveries by driver. An order that is tried again after a failure counts for its current driver.

    Raises Invalid.
    """
    orders = [order for order in orders_of(tenant.id, days) if order.driver_id or order.is_sale]
    found: dict[str | None, Counter[str]] = defaultdict(Counter)
    for order in orders:
        counts = found[order.driver_id]
        counts["orders"] += 1
        counts["failed"] += order.status == "failed"
        if order.is_sale:
            counts["delivered"] += 1
            counts["cylinders"] += sum(line.quantity for line in order.lines if line.is_cylinder)
    names = {row.id: row.name for row in Driver.batch_get([(tenant.id, each) for each in found if each])}
    rows = [
        DriverFigures(
            driver_id=driver_id,
            name=names.get(driver_id or ""),
            **{name: counts[name] for name in ("orders", "delivered", "failed", "cylinders")},
        )
        for driver_id, counts in found.items()
    ]
    rows.sort(key=lambda row: (-row.delivered, -row.orders, row.driver_id or "~"))
    return DriverReport(days.first.isoformat(), days.last.isoformat(), rows)


@rule(roles=STAFF)
def sales(principal: Principal, tenant: Tenant, days: Range) -> SalesReport:
    """Raises Invalid."""
    orders: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    lines = sales_lines(principal, tenant, days, orders)
    products: dict[tuple[str | None, str], ProductSales] = {}
    by_product: dict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
    for day, product_id, name, quantity, amount in lines:
        amounts[day] += amount
        key = (product_id, "" if product_id else name)
        row = products.setdefault(key, ProductSales(product_id, name, 0, ""))
        row.name, row.quantity = name, row.quantity + quantity
        by_product[key] += amount
    for key, row in products.items():
        row.amount = money_text(by_product[key])
    ranked = sorted(products, key=lambda key: (-by_product[key], products[key].name))
    return SalesReport(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        currency=tenant.currency,
        amount=money_text(sum(amounts.values(), Decimal(0))),
        days=[SalesDay(day, orders[day], money_text(amounts[day])) for day in days],
        products=[products[key] for key in ranked],
    )


SalesLine = tuple[str, str | None, str, int, Decimal]


@rule(roles=STAFF)
def sales_lines(
    _principal: Principal, tenant: Tenant, days: Range, orders: Counter[str] | None = None
) -> list[SalesLine]:
    """Sales as (day, product or None, name, quantity, amount), sorted by day and product. Raises Invalid.

    The name of a product is that of its last item. orders: is filled with the number of orders of each day.
    """
    found: dict[tuple[str, str | None, str], tuple[str, int, Decimal]] = {}
    for order in orders_of(tenant.id, days):
        if not order.is_sale or order.payment_status == "refunded":
            continue
        if orders is not None:
            orders[order.day] += 1
        for line in order.lines:
            key = (order.day, line.product_id, "" if line.product_id else line.name)
            _, quantity, amount = found.get(key, ("", 0, Decimal(0)))
            found[key] = (line.name, quantity + line.quantity, amount + line.amount)
    ordered = sorted(found.items(), key=lambda each: (each[0][0], each[1][0], each[0][1] or ""))
    return [(day, product_id, *values) for (day, product_id, _), values in ordered]


def _by_status(tenant: Tenant, counts: Counter[str]) -> dict[str, int]:
    """Counts of all statuses of the tenant in their order, including those without orders."""
    return {status: counts[status] for status in STEPS[tenant.kind]}


def _revenue(orders: Iterable[CountedOrder]) -> Revenue:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order in orders:
        if order.is_sale:
            sums[order.payment_status] += order.total
    return Revenue(
        total=money_text(sums["paid"] + sums["pending"]),
        paid=money_text(sums["paid"]),
        unpaid=money_text(sums["pending"]),
        refunded=money_text(sums["refunded"]),
    )


def _created(tenant: Tenant, day: dt.date) -> int:
    """The number of orders created on the day. Ids begin with the time of creation, so no index is needed."""
    start, end = day_bounds(day, tenant.time_zone)
    return Order.count(tenant.id, Order.id.between(first_id(start), first_id(end)))
