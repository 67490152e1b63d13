"""Table `template_orders`: hash `template_key`, range `date_key`. Orders and skips of a template's due dates."""

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class TemplateOrder(Table):
    """The order of a due date, or several skipped dates. The row of an order also reserves its date.

    template_key: `tenant#template`. date_key: the due date; for skipped dates the last one, followed by
    `#skipped`. scheduled_date: of the order; later than the due date if that was missed. skips: the number of
    skipped dates; dates: the latest of them. reason: `missed`, `paused` or `suspended`.
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
