"""Table `opening_hours`: hash `tenant_id`. When a business takes its guests' orders; no row: always."""

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
