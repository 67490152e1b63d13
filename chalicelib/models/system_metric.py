"""Table `system_metrics`: hash `name`, range `at`. Counters and states for the health endpoints."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SystemMetric(Table):
    """name: of the counter or state, e.g. `notifications`; at: the day, hour or instant; expires_at: TTL.

    connections: open WebSocket connections. state: of a stream's event source, or of an SMS provider. figures: the
    metrics of an hour, as JSON.
    """

    class Meta:
        table_name = TableName("system_metrics")

    name = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    sent = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    connections = NumberAttribute(null=True)
    lag_ms = NumberAttribute(null=True)
    noted_at = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    figures = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
