"""Table `driver_positions` (hash `tenant_id`, range `id`, the driver's; stream): each driver's newest position.
Table `driver_tracks` (hash `track_key`, range `at`): their positions of the last week.
"""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class DriverPosition(Table):
    """A driver's newest position. at: by the phone's clock, as on the wire.

    speed: metres a second; heading: degrees clockwise from north; accuracy: metres.
    fixes: packed; all fixes of the same request, for the track. suspect: a jump that no later position has
    confirmed.
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
    """A section of a track. track_key: `tenant_id#driver_id`. at: the time of its first point. points: packed."""

    class Meta:
        table_name = TableName("driver_tracks")

    track_key = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    points = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
