"""Table `route_progress`: hash `tenant_id`, range `id`, the route's. Progress computed from driver positions."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class RouteProgress(Table):
    """The progress of a route. A small row of its own, because it changes much more often than the route.

    at: the time of its last position, as on the wire. known: packed, see routes/progress.py.
    """

    class Meta:
        table_name = TableName("route_progress")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    known = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
