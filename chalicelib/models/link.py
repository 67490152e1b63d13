"""Table `links`: hash `code`. Short links in SMS, and the URLs for providers' receipts."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Link(Table):
    """purpose: `track`, `opt_out` or `receipt`; subject: the order's id, the phone number or the SMS's id.

    expires_at: TTL; expired rows are treated as deleted.
    """

    class Meta:
        table_name = TableName("links")

    code = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    subject = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()
