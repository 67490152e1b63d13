"""Table `login_names`: hash `username`. The user of each username; a row makes the name unique across tenants.

Rows without `user_id` are from versions that counted wrong passwords here. They are ignored, and expire.
"""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName

# 9999-12-31. Functions of earlier versions, which may still run, set a short expiry on rows without one.
NEVER: Final = 253_402_300_799


class LoginName(Table):
    class Meta:
        table_name = TableName("login_names")

    username = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(default=NEVER)
