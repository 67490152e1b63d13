"""Table `tables`: hash `tenant_id`, range `id`. The tables of a restaurant, where guests order."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class DiningTable(Table):
    """number: its name, such as `A3`; unique in its tenant. status: `active` or `suspended`.

    qr_generation: rises when codes are printed again; earlier codes are invalid. search_text: normalised for
    searches.
    """

    class Meta:
        table_name = TableName("tables")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    number = UnicodeAttribute()
    seats = NumberAttribute()
    status = UnicodeAttribute(default="active")
    qr_generation = NumberAttribute(default=1)
    search_text = UnicodeAttribute(default="")
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
