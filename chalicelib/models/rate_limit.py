"""Table `rate_limits`: hash `key`, TTL `expires_at`. What each subject of a limit has spent."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class RateLimit(Table):
    """key: `limit's name#subject`.

    due: epoch milliseconds at which all that was spent is refilled. Rows with a past `due` mean the same as none.
    """

    class Meta:
        table_name = TableName("rate_limits")

    key = UnicodeAttribute(hash_key=True)
    due = NumberAttribute()
    expires_at = NumberAttribute()
