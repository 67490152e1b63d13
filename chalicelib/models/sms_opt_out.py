"""Table `sms_opt_outs`: hash `tenant_id`, range `phone`. Numbers to which a tenant may send no SMS."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SmsOptOut(Table):
    """phone: E.164; made_by: `link` or the user's id."""

    class Meta:
        table_name = TableName("sms_opt_outs")

    tenant_id = UnicodeAttribute(hash_key=True)
    phone = UnicodeAttribute(range_key=True)
    made_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
