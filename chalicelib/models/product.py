"""Table `products`: hash `tenant_id`, range `id`. Gas cylinders and menu items."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.base import DecimalAttribute, Table, TableName


class Product(Table):
    """What can be ordered. status: `active` or `suspended`; unit_price in the tenant's currency."""

    class Meta:
        table_name = TableName("products")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    unit_price = DecimalAttribute()
    status = UnicodeAttribute(default="active")
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
