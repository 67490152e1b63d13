"""Table `login_names`: hash `username`. What a username opens, across tenants; a row makes the name unique.

Rows without `user_id` are left from versions that counted wrong passwords here. They mean nothing, and expire.
"""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName

# Functions of earlier versions, which may run beside these, give rows without an expiry a short one. 9999-12-31.
NEVER: Final = 253_402_300_799


class LoginName(Table):
    class Meta:
        table_name = TableName("login_names")

    username = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(default=NEVER)
