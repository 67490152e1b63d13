"""Tables `connections` (hash `connection_id`, stream of new images) and `subscriptions` (hash `channel_key`,
range `connection_id`). Both expire by TTL some minutes after API Gateway's own limit of two hours.
"""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.models.base import Table, TableName


class ByUser(GlobalSecondaryIndex["Connection"]):
    """Omits the attributes that each message of a client changes, so that a heartbeat does not write the index."""

    class Meta:
        index_name = "by_user"
        projection = IncludeProjection(
            [
                "session_id",
                "role",
                "kind",
                "driver_id",
                "customer_id",
                "format",
                "channels",
                "connected_at",
                "told_to_leave_at",
                "token_expires_at",
                "correlation_id",
                "expires_at",
            ]
        )

    tenant_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)


class Connection(Table):
    """One open WebSocket.

    connected_at: epoch milliseconds; token_expires_at, expires_at: epoch seconds.
    last_seen_at: epoch seconds of the last message from the client.
    sends_heartbeats: true once the client has sent a `heartbeat` or `ping`; absent before, and in rows of earlier
    versions until the next one.
    next_message_at: epoch milliseconds; when the next message would be due at the highest steady rate.
    channels: its subscriptions, so that closing needs no search.
    order_id: of a tracker; table_id, qr_generation: of a guest at a table. Not in the index, which is not read for
    guests.
    told_to_leave_at: epoch seconds at which the client was notified that API Gateway's two hours are nearly over.
    refused_since, refused_count: epoch seconds since when messages above the rate are counted, and their number.
    sends_seen: whether its client has sent `seen`. answered_cursor, answered_epoch: the position of the user's own
    channel in the answer to a heartbeat; answered_at: when, in epoch seconds, until a later heartbeat acknowledges
    it.
    """

    class Meta:
        table_name = TableName("connections")

    connection_id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    session_id = UnicodeAttribute()
    role = UnicodeAttribute()
    kind = UnicodeAttribute()
    driver_id = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    table_id = UnicodeAttribute(null=True)
    qr_generation = NumberAttribute(null=True)
    format = UnicodeAttribute()
    channels = UnicodeSetAttribute(null=True)
    connected_at = NumberAttribute()
    last_seen_at = NumberAttribute()
    sends_heartbeats = BooleanAttribute(null=True)
    next_message_at = NumberAttribute()
    told_to_leave_at = NumberAttribute(null=True)
    refused_since = NumberAttribute(null=True)
    refused_count = NumberAttribute(null=True)
    sends_seen = BooleanAttribute(null=True)
    answered_cursor = NumberAttribute(null=True)
    answered_epoch = UnicodeAttribute(null=True)
    answered_at = NumberAttribute(null=True)
    token_expires_at = NumberAttribute()
    correlation_id = UnicodeAttribute()
    expires_at = NumberAttribute()

    by_user = ByUser()


class Subscription(Table):
    """A connection's subscription to a channel.

    channel_key: `tenant_id#channel`. role: of the connection; absent in rows of earlier versions. driver_id: only
    for a driver's connection. order_id: only for a tracker's.
    """

    class Meta:
        table_name = TableName("subscriptions")

    channel_key = UnicodeAttribute(hash_key=True)
    connection_id = UnicodeAttribute(range_key=True)
    format = UnicodeAttribute()
    role = UnicodeAttribute(null=True)
    driver_id = UnicodeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    connected_at = NumberAttribute()
    expires_at = NumberAttribute()
