"""Table `sms_templates`: hash `tenant_id`, range `key`. A tenant's own SMS texts."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.base import Table, TableName


class SmsTemplate(Table):
    """key: `status.language`; text: if it is empty, no SMS is sent."""

    class Meta:
        table_name = TableName("sms_templates")

    tenant_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    updated_by = UnicodeAttribute()
