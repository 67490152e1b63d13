"""Table `route_progress`: hash `tenant_id`, range `id`, the route's. What a driver's positions say of a route."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class RouteProgress(Table):
    """How far a route has come: a small row of its own, because it is written all the time and a route is not.

    at: of the position that it was made of, on the wire's form. known: packed, see routes/progress.py.
    """

    class Meta:
        table_name = TableName("route_progress")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    known = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
