"""Table `template_orders`: hash `template_key`, range `date_key`. What became of each due date of a template."""

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class TemplateOrder(Table):
    """One due date's order, or dates that got none. The row of an order is also the claim of its date.

    template_key: `tenant#template`. date_key: the due date; of skipped ones the last, and `#skipped` behind it.
    scheduled_date: the order's own, later than the due date where that was missed. skips: how many dates got
    none; dates: the latest of them. reason: why: `missed`, `paused` or `suspended`.
    """

    class Meta:
        table_name = TableName("template_orders")

    template_key = UnicodeAttribute(hash_key=True)
    date_key = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute(null=True)
    order_number = UnicodeAttribute(null=True)
    scheduled_date = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    skips = NumberAttribute(null=True)
    dates = ListAttribute[str](null=True)
    created_at = UnicodeAttribute()


def template_key(tenant_id: str, template_id: str) -> str:
    """The hash key of a template's rows."""
    return f"{tenant_id}#{template_id}"
