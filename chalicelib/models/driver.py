"""Table `drivers`: hash `tenant_id`, range `id`."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Driver(Table):
    """A driver. phone: E.164; status: `active` or `suspended`. search_text: normalised for searches.

    active_route_id: the route that the driver is on now.
    """

    class Meta:
        table_name = TableName("drivers")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    vehicle = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    status = UnicodeAttribute(default="active")
    search_text = UnicodeAttribute(default="")
    active_route_id = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
