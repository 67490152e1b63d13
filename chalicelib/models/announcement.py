"""Table `announcements`: hash `tenant_id`, range `id` (stream of new images), TTL `expires_at`."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Announcement(Table):
    """An event that staff or a scheduled function publish in a channel.

    data: a JSON object, as text; made_by: the user's id, or `schedule`.
    """

    class Meta:
        table_name = TableName("announcements")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    channel = UnicodeAttribute()
    type = UnicodeAttribute()
    data = UnicodeAttribute()
    made_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    expires_at = NumberAttribute()
