"""Orders from files. The usual rules check their prices, dates and texts.

Unlike a client, a file may set a first status, an order number, a driver, and a day more than a year ago. Imported
orders send neither events nor SMS.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import id_of, local_day, wire
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.search import folded
from chalicelib.imports.map.order_cells import OrderText, order_text
from chalicelib.imports.map.rows import Row, number_key
from chalicelib.imports.plan.planning import Context, RowPlan, RowPlanner, found_keys
from chalicelib.imports.plan.references import ByPhone, References
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.order import HistoryEntry, Order, OrderItem
from chalicelib.models.product import Product
from chalicelib.orders.change import LONGEST_HISTORY
from chalicelib.orders.create import check_deliverable
from chalicelib.orders.drafts import ItemDraft
from chalicelib.orders.money_changes import check_room, is_reduction, money_change
from chalicelib.orders.numbering import order_number
from chalicelib.orders.pricing import priced_items, total
from chalicelib.orders.scheduling import checked_day
from chalicelib.orders.status import FIRST, is_final

# The attributes that a newer file may change in an order that was not changed here.
_CHANGEABLE = (
    "customer_id",
    "customer_name",
    "customer_phone",
    "address",
    "total_price",
    "scheduled_date",
    "status",
    "payment_status",
    "payment_method",
    "driver_id",
    "table_number",
    "notes",
)


class _Draft(Struct, frozen=True):
    text: OrderText
    customer: Customer | None
    driver: Driver | None


class Orders(RowPlanner):
    """A row is one order; it has one item, or a JSON list of items."""

    model = Order
    # A file does not undo a status change that was made here.
    only_untouched = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._catalogue: dict[str, Product] = {}
        self._by_name: dict[str, Product] = {}
        self._today = local_day(context.now, context.tenant.time_zone)

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._customers = References(Customer, "customers", "customer_id", tenant_id, source, rows)
        self._drivers = References(Driver, "drivers", "driver_id", tenant_id, source, rows)
        unnamed = [row for row in rows if "customer_id" not in row.values]
        self._by_phone = ByPhone(tenant_id, "customer_phone", unnamed)
        # All products: a tenant has dozens, and a file refers to them by name.
        self._catalogue = {row.id: row for row in Product.query(tenant_id) if row.status == "active"}
        self._by_name = {folded(row.name): row for row in self._catalogue.values()}
        numbers = {number for row in rows if (number := row.values.get("order_number"))}
        self._taken = found_keys(tenant_id, sorted(map(number_key, numbers)))

    def draft(self, row: Row) -> _Draft:
        text = order_text(row.values, self.context.tenant, self.context.now)
        driver = self._drivers.of(row)
        if driver is not None and text.status in (FIRST, "confirmed"):
            raise Invalid(("driver_id", f"an order that is {text.status} has no driver"))
        return _Draft(text, self._customer(row, text), driver)

    def new(self, draft: _Draft) -> Order:
        number = draft.text.order_number
        if number is not None and (taken := self._taken.get(number_key(number))):
            raise Invalid(("order_number", f"the order {taken.id} has this number"))
        return self._filled(draft)

    def write_along(self, write: TransactWrite, plan: RowPlan) -> None:
        number, context = plan.row.values.get("order_number"), self.context
        if plan.outcome == "created" and number is not None:
            key = ExternalKey(
                context.tenant.id, number_key(number), id=plan.record.id, digest="", updated_at=wire(context.now)
            )
            write.save(key, condition=ExternalKey.key.does_not_exist())

    def _filled(self, draft: _Draft) -> Order:
        text, customer, driver = draft.text, draft.customer, draft.driver
        context = self.context
        made = text.made_at or context.now
        order_id, at = id_of(made), wire(made)
        items = self._items(text)
        total_price = total(items)
        if text.total is not None and text.total != total_price:
            raise Invalid(("total", f"the lines make {total_price}"))
        day = local_day(made, context.tenant.time_zone)
        scheduled = self._scheduled(text, day)
        order = Order(
            context.tenant.id,
            order_id,
            kind=context.tenant.kind,
            order_number=text.order_number or order_number(made, context.tenant.time_zone),
            customer_id=customer.id if customer else None,
            customer_name=text.customer_name or (customer and customer.name),
            customer_phone=text.customer_phone or (customer and customer.phone),
            address=text.address or (customer and customer.address),
            location=customer.location if customer and text.address in (None, customer.address) else None,
            items=items,
            total_price=total_price,
            currency=context.tenant.currency,
            scheduled_date=scheduled,
            table_number=text.table_number,
            status=text.status,
            payment_status=text.payment_status,
            payment_method=text.payment_method,
            driver_id=driver.id if driver else None,
            notes=text.notes,
            version=1,
            created_at=at,
            updated_at=wire(context.now),
            history=[HistoryEntry(status=text.status, at=at, by=context.principal.user_id, reason="import")],
            notify=False,
            correlation_id=context.correlation_id,
        )
        for name, value in _keys(order_id, scheduled or day, text.status, customer, driver).items():
            setattr(order, name, value)
        check_deliverable(order)
        return order

    def changes(self, record: Order, draft: _Draft) -> dict[str, Any]:
        fresh = self._filled(draft)
        changes = {name: getattr(fresh, name) for name in _CHANGEABLE}
        if [_line(item) for item in fresh.items] != [_line(item) for item in record.items]:
            changes["items"] = fresh.items
        if fresh.status != record.status:
            if len(record.history) >= LONGEST_HISTORY:
                raise Invalid(("status", "this order has been moved too often"))
            changes["history"] = [*record.history, *fresh.history]
        changes |= self._money_record(record, changes)
        day = fresh.day_key.partition("#")[0]
        return changes | _keys(record.id, day, fresh.status, draft.customer, draft.driver)

    def _money_record(self, record: Order, changes: Mapping[str, Any]) -> dict[str, Any]:
        by, now = self.context.principal.user_id, self.context.now
        change = money_change(record, changes, by=by, reason="import", now=now)
        if change is None:
            return {}
        try:
            check_room(record, change)
        except Conflict as full:
            raise Invalid(("total", full.detail)) from full
        entries = {"money_changes": [*(record.money_changes or ()), change]}
        return entries | ({"reduced_at": change.at} if is_reduction(change) else {})

    def stamp(self, record: Order) -> dict[str, Any]:
        return {**super().stamp(record), "notify": False, "correlation_id": self.context.correlation_id}

    def _customer(self, row: Row, text: OrderText) -> Customer | None:
        customer: Customer | None = self._customers.of(row)
        if customer is None and text.customer_phone:
            fits = self._by_phone.of(text.customer_phone)
            if len(fits) > 1:
                # Several customers have the number: a family, or a shop with branches. The name decides.
                fits = [each for each in fits if folded(each.name) == folded(text.customer_name or "")]
                if len(fits) != 1:
                    raise Invalid(("customer_phone", "several customers have this number; add their ids"))
            customer = fits[0] if fits else None
        if customer and customer.status != "active" and not is_final(self.context.tenant.kind, text.status):
            raise Invalid(("customer_id", "this customer is suspended"))
        return customer

    def _items(self, text: OrderText) -> list[OrderItem]:
        lines = []
        for line in text.lines:
            product = self._by_name.get(folded(line.name))
            lines.append(
                ItemDraft(
                    product_id=product.id if product else None,
                    name=line.name,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                )
            )
        try:
            return priced_items(self.context.principal, lines, self._catalogue)
        except Invalid as invalid:
            if text.listed:
                raise
            problems = [
                (each["field"].removeprefix("items.0."), each["message"]) for each in invalid.extra["errors"]
            ]
            raise Invalid(*problems) from invalid

    def _scheduled(self, text: OrderText, day: str) -> str | None:
        if text.scheduled_date is None:
            return day if self.context.tenant.kind == "delivery" else None
        scheduled = text.scheduled_date.isoformat()
        # Any past day is valid; only a day too far ahead is a typing error.
        return scheduled if scheduled <= self._today else checked_day(text.scheduled_date, self._today)


def _keys(
    order_id: str, day: str, status: str, customer: Customer | None, driver: Driver | None
) -> dict[str, str | None]:
    return {
        "day_key": f"{day}#{order_id}",
        "status_key": f"{status}#{order_id}",
        "customer_key": f"{customer.id}#{order_id}" if customer else None,
        "driver_key": f"{driver.id}#{order_id}" if driver else None,
    }


def _line(item: Any) -> tuple[Any, ...]:
    return item.product_id, item.name, int(item.quantity), item.unit_price
