"""Table `order_templates`: hash `tenant_id`, range `id`. Recurring orders.

Index `by_due`: the waiting templates of all tenants, by the time at which their next order is due. It is sparse:
only templates with `due_queue` are in it, so the schedule reads only those that are due. One partition allows
1,000 writes a second, and each order made is one.
"""

from typing import Final

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.models.base import Table, TableName

# The only value of `due_queue`.
DUE: Final = "due"


class TemplateItem(MapAttribute[str, object]):
    """An item of each order, at the price of the day."""

    product_id = UnicodeAttribute()
    quantity = NumberAttribute()


class Problem(MapAttribute[str, str]):
    """Why no order could be made: the refusal's code and detail, and when."""

    code = UnicodeAttribute()
    detail = UnicodeAttribute()
    at = UnicodeAttribute()


class ByDue(GlobalSecondaryIndex["OrderTemplate"]):
    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_queue = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class OrderTemplate(Table):
    """rule: JSON of `recurring.rules.Rule`. interval_days: the computed interval of a rule by consumption.

    status: `active`, `paused` (by staff), `suspended` (with a `problem`) or `ended`. next_date: the first due date
    that has neither an order nor a skip, None once ended. last_date: the last one with an order. due_at: the
    instant from which the order of next_date may be made. Dates are the tenant's local ones. Every write raises
    the version.
    """

    class Meta:
        table_name = TableName("order_templates")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    customer_id = UnicodeAttribute()
    items = ListAttribute(of=TemplateItem)
    rule = UnicodeAttribute()
    interval_days = NumberAttribute(null=True)
    start_date = UnicodeAttribute()
    end_date = UnicodeAttribute(null=True)
    lead_days = NumberAttribute(default=0)
    payment_method = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    status = UnicodeAttribute(default="active")
    problem = Problem(null=True)
    next_date = UnicodeAttribute(null=True)
    last_date = UnicodeAttribute(null=True)
    due_queue = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    by_due = ByDue()
