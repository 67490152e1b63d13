"""Table `routes`: hash `tenant_id`, range `id`; stream with both images.

Indexes, for the lists: `by_day` and `by_driver`; their keys end in the id, so that they are unique.
"""

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName
from chalicelib.models.order import Location


class Stop(MapAttribute[str, object]):
    """Where a route goes, for an order. Where that is, and how it stands, only the order's own row says.

    planned_at: when the driver should be there, on the wire's form; None where nobody can know. outcome: how it
    ended, once the route is completed: the order's status then, or `left`.
    """

    order_id = UnicodeAttribute()
    service_minutes = NumberAttribute()
    planned_at = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)


class ByDay(LocalSecondaryIndex["Route"]):
    class Meta:
        index_name = "by_day"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    day_key = UnicodeAttribute(range_key=True)


class ByDriver(LocalSecondaryIndex["Route"]):
    class Meta:
        index_name = "by_driver"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    driver_key = UnicodeAttribute(range_key=True)


class Route(Table):
    """A driver's way through the stops of a day. An order is on a route where its `route_id` says so.

    date: the local day. status: see routes/status.py. depot: where it begins. start_at: when, as planned;
    started_at, completed_at: when it was. day_key: `date#id`; driver_key: `driver#date#id`. `correlation_id`
    speaks of the last change and is for the stream only; imported routes are quiet (`notify` false).
    """

    class Meta:
        table_name = TableName("routes")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(null=True)
    date = UnicodeAttribute()
    status = UnicodeAttribute()
    driver_id = UnicodeAttribute(null=True)
    depot = Location(null=True)
    start_at = UnicodeAttribute(null=True)
    stops = ListAttribute(of=Stop)
    started_at = UnicodeAttribute(null=True)
    completed_at = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    notify = BooleanAttribute(default=True)
    correlation_id = UnicodeAttribute()

    day_key = UnicodeAttribute()
    driver_key = UnicodeAttribute(null=True)

    by_day = ByDay()
    by_driver = ByDriver()
