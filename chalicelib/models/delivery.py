"""Table `deliveries`: hash `tenant_id`, range `id`. One row per attempt to deliver an order.

An attempt's id is the order's id and its number, so an order's attempts are one range of the table. The lists use
the indexes `by_day`, `by_driver` and `by_outcome`; their keys end in the id, so that they are unique.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName
from chalicelib.models.order import Proof


class ByDay(LocalSecondaryIndex["Delivery"]):
    class Meta:
        index_name = "by_day"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    day_key = UnicodeAttribute(range_key=True)


class ByDriver(LocalSecondaryIndex["Delivery"]):
    class Meta:
        index_name = "by_driver"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    driver_key = UnicodeAttribute(range_key=True)


class ByOutcome(LocalSecondaryIndex["Delivery"]):
    class Meta:
        index_name = "by_outcome"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    outcome_key = UnicodeAttribute(range_key=True)


class Delivery(Table):
    """One attempt. outcome: `under_way`, `delivered` or `failed`.

    number: counts the order's attempts, from 1. order_version: of the order that this row was derived from; an
    older one never replaces it. cylinders_out, empties_back: cylinders delivered and taken back. day_key: `day#id`
    with the tenant's day of `started_at`; driver_key: `driver#day#id`; outcome_key: `outcome#day#id`.
    """

    class Meta:
        table_name = TableName("deliveries")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    order_version = NumberAttribute()
    number = NumberAttribute()
    customer_id = UnicodeAttribute(null=True)
    driver_id = UnicodeAttribute(null=True)
    started_at = UnicodeAttribute()
    arrived_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    eta = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute()
    failure_reason = UnicodeAttribute(null=True)
    proof = Proof(null=True)
    cylinders_out = NumberAttribute(default=0)
    empties_back = NumberAttribute(default=0)

    day_key = UnicodeAttribute()
    driver_key = UnicodeAttribute(null=True)
    outcome_key = UnicodeAttribute()

    by_day = ByDay()
    by_driver = ByDriver()
    by_outcome = ByOutcome()
