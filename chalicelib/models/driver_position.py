"""Table `driver_positions` (hash `tenant_id`, range `id`, the driver's; stream): where each driver is.
Table `driver_tracks` (hash `track_key`, range `at`): where they were, for a week.
"""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class DriverPosition(Table):
    """A driver's newest position. at: by the driver's clock, on the wire's form.

    speed: metres a second; heading: degrees clockwise from north; accuracy: metres.
    fixes: what came with it, packed, for the track. suspect: a jump that no later position has borne out yet.
    """

    class Meta:
        table_name = TableName("driver_positions")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    latitude = NumberAttribute()
    longitude = NumberAttribute()
    speed = NumberAttribute(null=True)
    heading = NumberAttribute(null=True)
    accuracy = NumberAttribute(null=True)
    at = UnicodeAttribute()
    fixes = BinaryAttribute(legacy_encoding=False)
    suspect = BinaryAttribute(legacy_encoding=False, null=True)
    correlation_id = UnicodeAttribute()


class DriverTrack(Table):
    """A part of a track. track_key: `tenant_id#driver_id`. at: its first point's time. points: packed."""

    class Meta:
        table_name = TableName("driver_tracks")

    track_key = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    points = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
