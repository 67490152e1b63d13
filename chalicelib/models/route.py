"""Table `routes`: hash `tenant_id`, range `id`; stream with both images.

The lists use the indexes `by_day` and `by_driver`; their keys end in the id, so that they are unique.
"""

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName
from chalicelib.models.order import Location


class Stop(MapAttribute[str, object]):
    """A stop of a route, for an order. Address and status are only in the order's row.

    planned_at: planned arrival, as on the wire; None without an estimate. outcome: set when the route is
    completed: the order's status at that time, or `left`.
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
    """A driver's route through the stops of a day. An order's `route_id` decides whether it is on the route.

    date: the local day. status: see routes/status.py. depot: the place where it starts. start_at: the planned
    start; started_at, completed_at: the actual times. day_key: `date#id`; driver_key: `driver#date#id`.
    `correlation_id` belongs to the last change and is for the stream only; `notify` is false for imported routes,
    which send no events.
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
