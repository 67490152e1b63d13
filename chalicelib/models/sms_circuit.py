"""Table `sms_circuits`: hash `account`. Circuit breakers of failing SMS providers; one that works has no row."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SmsCircuit(Table):
    """account: the tenant's id. failures: consecutive ones. open_until: epoch seconds until which no SMS is sent.

    expires_at: TTL, so that a single failure is deleted.
    """

    class Meta:
        table_name = TableName("sms_circuits")

    account = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(default=0)
    open_until = NumberAttribute(null=True)
    expires_at = NumberAttribute()
