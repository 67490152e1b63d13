"""Lists of recurring orders, and of the past due dates of one."""

from typing import Annotated

from msgspec import Meta, convert

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.fields import Id, Part
from chalicelib.core.paging import decode_cursor, filtered_page, first_page
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.parsing import Unreadable
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.views import view_of
from chalicelib.recurring.drafts import (
    OccurrenceView,
    OrderTemplateView,
    ProblemView,
    TemplateQuery,
)
from chalicelib.recurring.rows import rule_of
from chalicelib.recurring.templates import lines_of

_DateKey = Annotated[str, Meta(min_length=1, max_length=30)]


@rule(roles=STAFF)
def list_templates(principal: Principal, query: TemplateQuery) -> tuple[list[OrderTemplate], str | None]:
    """A page, oldest first, and the cursor of the next page or None; strongly consistent. Raises Invalid."""
    start = None
    if query.cursor is not None:
        start = {"tenant_id": {"S": principal.tenant_id}, "id": {"S": decode_cursor(query.cursor, Id)}}
    rows = OrderTemplate.query(
        principal.tenant_id,
        consistent_read=True,
        page_size=query.limit + 1,
        last_evaluated_key=start,
    )

    def fits(row: OrderTemplate) -> bool:
        return (
            query.status in (None, row.status) and query.customer_id in (None, row.customer_id) and _has_rule(row)
        )

    return filtered_page(rows, query.limit, fits=fits, position=lambda row: row.id)


def _has_rule(row: OrderTemplate) -> bool:
    try:
        rule_of(row)
    except Unreadable as error:
        error.report()
        return False
    return True


def list_occurrences(row: OrderTemplate, query: Part) -> tuple[list[TemplateOrder], str | None]:
    """A page of the template's past due dates, newest first, and the cursor of the next one. Raises Invalid."""
    key, start = template_key(row.tenant_id, row.id), None
    if query.cursor is not None:
        start = {"template_key": {"S": key}, "date_key": {"S": decode_cursor(query.cursor, _DateKey)}}
    rows = list(
        TemplateOrder.query(
            key,
            consistent_read=True,
            scan_index_forward=False,
            limit=query.limit + 1,
            last_evaluated_key=start,
        )
    )
    return first_page(rows, query.limit, lambda row: row.date_key)


def template_view(row: OrderTemplate) -> OrderTemplateView:
    """The row for staff."""
    problem = convert(row.problem.attribute_values, ProblemView) if row.problem else None
    return view_of(OrderTemplateView, row, items=lines_of(row), rule=rule_of(row), problem=problem)


def occurrence_view(row: TemplateOrder) -> OccurrenceView:
    """The row for staff."""
    others = {"due_date": row.date_key.partition("#")[0], "count": int(row.skips or 0)}
    return view_of(OccurrenceView, row, skipped=list(row.dates or ()), **others)
