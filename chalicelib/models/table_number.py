"""Table `table_numbers`: hash `tenant_id`, range `number`. Makes the numbers of dining tables unique."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.base import Table, TableName


class TableNumber(Table):
    """number: normalised, so that `a3` and `Ａ３` are the same."""

    class Meta:
        table_name = TableName("table_numbers")

    tenant_id = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    table_id = UnicodeAttribute()
