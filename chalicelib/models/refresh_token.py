"""Table `refresh_tokens`: hash `session_id`, TTL `expires_at`. One row per session."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.models.base import Table, TableName


class ByUser(GlobalSecondaryIndex["RefreshToken"]):
    class Meta:
        index_name = "by_user"
        projection = KeysOnlyProjection()

    user_id = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute(range_key=True)


class RefreshToken(Table):
    """token_hash: SHA-256 of the newest secret, the only one that is valid.

    revoked_at: when the session was ended by sign-out or by the use of an old token.
    last_used_at: of the newest token. user_agent: of the sign-in, as named by core/user_agents.py.
    mark_key: recognises issued secrets, see auth/issued.py. unmarked_hash: SHA-256 of the last used secret without
    a mark, issued by the previous version.
    retry_sealed, retry_until: the newest secret, encrypted for a client that repeats its request, and until when
    (epoch seconds); see auth/retries.py.
    """

    class Meta:
        table_name = TableName("refresh_tokens")

    session_id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    created_at = UnicodeAttribute()
    last_used_at = UnicodeAttribute(null=True)
    user_agent = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    mark_key = UnicodeAttribute(null=True)
    unmarked_hash = UnicodeAttribute(null=True)
    retry_sealed = UnicodeAttribute(null=True)
    retry_until = NumberAttribute(null=True)
    expires_at = NumberAttribute()

    by_user = ByUser()
