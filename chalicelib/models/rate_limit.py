"""Table `rate_limits`: hash `key`, TTL `expires_at`. How much each subject of a limit has used."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class RateLimit(Table):
    """key: `limit's name#subject`.

    due: epoch milliseconds at which the limit is full again. A row with a past `due` means the same as no row.
    """

    class Meta:
        table_name = TableName("rate_limits")

    key = UnicodeAttribute(hash_key=True)
    due = NumberAttribute()
    expires_at = NumberAttribute()
