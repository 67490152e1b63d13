"""Table `customers`: hash `tenant_id`, range `id`; index `by_phone`."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.models.base import Table, TableName
from chalicelib.models.order import Location


class ByPhone(GlobalSecondaryIndex["Customer"]):
    class Meta:
        index_name = "by_phone"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    phone = UnicodeAttribute(range_key=True)


class Customer(Table):
    """A customer.

    phone: E.164; language: of SMS, absent for the tenant's; sms_opt_out: the customer gets no SMS. cylinders_out:
    how many cylinders of the tenant the customer has.
    external_key: at most one, of the imported row with an id that is this customer.
    status: `active` or `suspended`. search_text: normalised text for searches.
    """

    class Meta:
        table_name = TableName("customers")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    location = Location(null=True)
    language = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    sms_opt_out = BooleanAttribute(default=False)
    cylinders_out = NumberAttribute(null=True)
    external_key = UnicodeAttribute(null=True)
    status = UnicodeAttribute(default="active")
    search_text = UnicodeAttribute(default="")
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    by_phone = ByPhone()
