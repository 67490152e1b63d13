"""Table `opening_hours`: hash `tenant_id`. When a tenant accepts guests' orders; always if there is no row."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class OpeningHours(Table):
    """hours: JSON text of `records.opening_hours.Hours`, read and written as a whole."""

    class Meta:
        table_name = TableName("opening_hours")

    tenant_id = UnicodeAttribute(hash_key=True)
    hours = UnicodeAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()
