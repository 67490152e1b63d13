"""Table `products`: hash `tenant_id`, range `id`. Gas cylinders and menu items."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import DecimalAttribute, Table, TableName


class Product(Table):
    """A product; unit_price in the tenant's currency.

    status: `active` or `suspended`. available: false while it is sold out. is_cylinder: the customer returns it
    empty. weight: kilograms, for the load of a vehicle. position: in a menu. search_text: normalised for searches.
    """

    class Meta:
        table_name = TableName("products")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    unit_price = DecimalAttribute()
    weight = DecimalAttribute(null=True)
    is_cylinder = BooleanAttribute(default=False)
    available = BooleanAttribute(default=True)
    position = NumberAttribute(default=0)
    status = UnicodeAttribute(default="active")
    search_text = UnicodeAttribute(default="")
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
