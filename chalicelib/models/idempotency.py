"""Table `idempotency`: hash `key`, TTL `expires_at`. The answers to requests that may be repeated."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Idempotency(Table):
    """key: `tenant#user#operation#Idempotency-Key`; request_hash: SHA-256 of the body; answer: JSON text."""

    class Meta:
        table_name = TableName("idempotency")

    key = UnicodeAttribute(hash_key=True)
    request_hash = UnicodeAttribute()
    answer = UnicodeAttribute()
    expires_at = NumberAttribute()
