"""Table `sms_circuits`: hash `account`. Providers in trouble; one that is well has no row."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SmsCircuit(Table):
    """account: the tenant's id. failures: in a row. open_until: epoch seconds until which nobody asks.

    expires_at: TTL, so that a lone failure is forgotten.
    """

    class Meta:
        table_name = TableName("sms_circuits")

    account = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(default=0)
    open_until = NumberAttribute(null=True)
    expires_at = NumberAttribute()
