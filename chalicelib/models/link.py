"""Table `links`: hash `code`. What a short link in a text, or a receipt's address, stands for."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Link(Table):
    """purpose: `track`, `opt_out` or `receipt`; subject: the order's id, the phone number or the text's id.

    expires_at: TTL; whoever reads a row past it treats it as gone.
    """

    class Meta:
        table_name = TableName("links")

    code = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    subject = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()
