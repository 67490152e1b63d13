"""Table `system_metrics`: hash `name`, range `at`. Counters and readings that the health endpoints show."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SystemMetric(Table):
    """name: what is counted, e.g. `notifications`; at: the day, hour or instant; expires_at: TTL.

    connections: open WebSocket connections. state: of a stream's event source, or of a provider of texts. figures:
    an hour's metrics, as JSON.
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
