"""Table `login_names`: hash `username`. What a username opens, across tenants, and who is trying it.

A row with `user_id` is somebody's name and makes it unique. A row without it only counts wrong passwords for a
name that nobody has, so that both cases look the same from outside; it expires by TTL.
"""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName

# Real names never expire, so their rows say so: counting an attempt can then give every row without an expiry a
# short one, in the same call for a name that exists as for one that does not. 9999-12-31.
NEVER: Final = 253_402_300_799


class LoginName(Table):
    """failed_since: epoch seconds of the newest of the `failed_count` wrong passwords that still count."""

    class Meta:
        table_name = TableName("login_names")

    username = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    failed_count = NumberAttribute(null=True)
    failed_since = NumberAttribute(null=True)
    expires_at = NumberAttribute(default=NEVER)
