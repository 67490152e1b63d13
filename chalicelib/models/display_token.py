"""Table `display_tokens`: hash `tenant_id`, range `id`, TTL `expires_at`, stream of new images."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class DisplayToken(Table):
    """A read-only token for a screen. The token itself is not stored.

    kind: of the tenant, which never changes. token_hash: SHA-256 of the whole token.
    created_by: a user's id. revoked_at: when an admin ended it.
    token_expires_at: epoch seconds of the token's end. expires_at: when the row leaves the list; days later.
    """

    class Meta:
        table_name = TableName("display_tokens")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    revoked_at = UnicodeAttribute(null=True)
    token_expires_at = NumberAttribute()
    expires_at = NumberAttribute()
