"""Recurring orders from the replaced system. An active one makes orders from its next date on once it is imported.

So they are imported last, after the other system has stopped making orders. Unlike a client, a file may start a
template more than a year ago, or create it paused or ended.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from chalicelib.core.clock import local_date
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.search import folded
from chalicelib.imports.map.rows import Row
from chalicelib.imports.map.template_cells import TemplateText, template_text
from chalicelib.imports.plan.planning import Context, RowPlanner
from chalicelib.imports.plan.references import References
from chalicelib.models.customer import Customer
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.recurring.drafts import NewTemplate, TemplateLine
from chalicelib.recurring.rows import IDLE, ended
from chalicelib.recurring.templates import FURTHEST_START, check_orderable, new_row, waiting

# The attributes that a newer file may change in a template that has made no order and was not changed here.
_CHANGEABLE = (
    "customer_id",
    "rule",
    "interval_days",
    "start_date",
    "end_date",
    "lead_days",
    "payment_method",
    "notes",
    "status",
    "problem",
    "next_date",
    "due_queue",
    "due_at",
)


class _Draft(Struct, frozen=True):
    text: TemplateText
    customer: Customer
    lines: list[TemplateLine]


class Templates(RowPlanner):
    """A row is one recurring order; it has one item, or a JSON list of items, at the prices of the day."""

    model = OrderTemplate
    # After it has made an order here, the other system's next date is in the past.
    only_untouched = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._catalogue: dict[str, Product] = {}
        self._by_name: dict[str, Product] = {}

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._customers = References(Customer, "customers", "customer_id", tenant_id, source, rows)
        self._catalogue = {row.id: row for row in Product.query(tenant_id)}
        # If two products have the same name, the active one is used.
        products = sorted(self._catalogue.values(), key=lambda row: row.status == "active")
        self._by_name = {folded(row.name): row for row in products}

    def draft(self, row: Row) -> _Draft:
        text = template_text(row.values)
        customer = self._customers.of(row)
        if customer is None:
            raise Invalid(("customer_id", "missing"))
        return _Draft(text, customer, self._lines(text, listed="items" in row.values))

    def new(self, draft: _Draft) -> OrderTemplate:
        text, tenant, now = draft.text, self.context.tenant, self.context.now
        today = local_date(now, tenant.time_zone)
        if text.first is not None and text.first - today > FURTHEST_START:
            raise Invalid(("next_date", "more than a year from today"))
        new = NewTemplate(
            customer_id=draft.customer.id,
            items=draft.lines,
            rule=text.rule,
            start_date=text.first,
            end_date=text.end_date,
            lead_days=text.lead_days,
            payment_method=text.payment_method,
            notes=text.notes,
        )
        row = new_row(tenant, new, now=now)
        if text.rule.by_consumption is not None:
            # Computed when the first order is made; by then the past orders are imported as well.
            row.interval_days = text.rule.by_consumption.initial_days
        waits = waiting(row, tenant, today) if text.status != "ended" else ended()
        if text.status == "paused" and waits["next_date"] is not None:
            waits |= {"status": "paused", **IDLE}
        for name, value in waits.items():
            setattr(row, name, value)
        if row.status == "active":
            self._check_orderable(row, draft.customer)
        return row

    def changes(self, record: OrderTemplate, draft: _Draft) -> dict[str, Any]:
        fresh = self.new(draft)
        changes = {name: getattr(fresh, name) for name in _CHANGEABLE}
        if [_line(item) for item in fresh.items] != [_line(item) for item in record.items]:
            changes["items"] = fresh.items
        return changes

    def _lines(self, text: TemplateText, *, listed: bool) -> list[TemplateLine]:
        lines = []
        for n, line in enumerate(text.lines):
            product = self._by_name.get(folded(line.name))
            field = f"items.{n}.name" if listed else "item"
            if product is None:
                raise Invalid((field, f"there is no product called {line.name!r}"))
            if product.status != "active" and text.status == "active":
                raise Invalid((field, f"{line.name!r} is suspended"))
            lines.append(TemplateLine(product_id=product.id, quantity=line.quantity))
        return lines

    def _check_orderable(self, row: OrderTemplate, customer: Customer) -> None:
        context = self.context
        try:
            check_orderable(row, context.tenant, now=context.now, customer=customer, catalogue=self._catalogue)
        except Invalid as invalid:
            # The customer's record is invalid, not this row, which has only one column for the customer.
            problems = (f"{each['field']}: {each['message']}" for each in invalid.extra["errors"])
            raise Invalid(*(("customer_id", text.removeprefix("customer_id: ")) for text in problems)) from invalid
        except Forbidden as refusal:
            raise Invalid(("customer_id", refusal.detail)) from refusal


def _line(item: Any) -> tuple[str, int]:
    return item.product_id, int(item.quantity)
