"""Tables `channel_log` (hash `channel_key`, range `seq`) and `event_claims` (hash `event_key`), both with TTL.

In a channel's log, row 0 is the head and row n the n-th event. The claim of an event has the numbers under which
it was stored, so that a repeated stream record is recognised.
"""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class ChannelLog(Table):
    """channel_key: `tenant_id#channel`.

    Row 0: cursor (number of the newest event). Row n: event (compressed JSON), expires_at. Both: epoch.
    A head does not expire: a client may be subscribed to a silent channel for months, and a new head starts a new
    epoch.
    """

    class Meta:
        table_name = TableName("channel_log")

    channel_key = UnicodeAttribute(hash_key=True)
    seq = NumberAttribute(range_key=True)
    cursor = NumberAttribute(null=True)
    epoch = UnicodeAttribute()
    event = BinaryAttribute(null=True, legacy_encoding=False)
    expires_at = NumberAttribute(null=True)


class EventClaim(Table):
    """event_key: `tenant_id#event id`; cursors: JSON, number by channel."""

    class Meta:
        table_name = TableName("event_claims")

    event_key = UnicodeAttribute(hash_key=True)
    cursors = UnicodeAttribute()
    expires_at = NumberAttribute()
