"""Table `revocations`: hash `partition`, range `minute_tenant`, TTL `expires_at`. Recent changes of access."""

from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.models.base import Table, TableName

# One partition, so that one Query reads the new rows of all tenants.
PARTITION: Final = "recent"


class Revocation(Table):
    """The users of one tenant whose access changed within one minute.

    minute_tenant: `2026-11-30T08:07#tenant's id`, the minute in which the row was written.
    users: ids. whole_tenant: set if the tenant was suspended or if more users changed than a row may list.
    """

    class Meta:
        table_name = TableName("revocations")

    partition = UnicodeAttribute(hash_key=True, default=PARTITION)
    minute_tenant = UnicodeAttribute(range_key=True)
    users = UnicodeSetAttribute(null=True)
    whole_tenant = BooleanAttribute(null=True)
    expires_at = NumberAttribute()
