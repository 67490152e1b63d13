"""Table `read_cursors`: hash `user_key`, range `device`, TTL `expires_at`. How far users have their channel."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class ReadCursor(Table):
    """user_key: `tenant_id#user_id`. device: `seen` for what the user has seen on any device; else a session's
    id, for what one device has received.

    cursor: the number of the last such event of the channel `user:{id}`. epoch: the log that it belongs to.
    """

    class Meta:
        table_name = TableName("read_cursors")

    user_key = UnicodeAttribute(hash_key=True)
    device = UnicodeAttribute(range_key=True)
    cursor = NumberAttribute()
    epoch = UnicodeAttribute()
    expires_at = NumberAttribute()
