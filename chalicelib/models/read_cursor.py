"""Table `read_cursors`: hash `user_key`, range `device`, TTL `expires_at`. Users' positions in their channels."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class ReadCursor(Table):
    """user_key: `tenant_id#user_id`. device: `seen` for the events that the user has seen on any device; otherwise
    the id of a session, for the events that this device has received.

    cursor: the number of the last such event of the channel `user:{id}`. epoch: of that cursor.
    """

    class Meta:
        table_name = TableName("read_cursors")

    user_key = UnicodeAttribute(hash_key=True)
    device = UnicodeAttribute(range_key=True)
    cursor = NumberAttribute()
    epoch = UnicodeAttribute()
    expires_at = NumberAttribute()
