"""Table `drivers`: hash `tenant_id`, range `id`."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Driver(Table):
    """Somebody who delivers. phone: E.164; status: `active` or `suspended`."""

    class Meta:
        table_name = TableName("drivers")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    status = UnicodeAttribute(default="active")
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
