"""Table `notification_history`: hash `tenant_id`, range `id`. One row per text or mail, sent or not."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Notification(Table):
    """id: `order.status.template`, so that a repeated stream record finds the row it made before.

    status: `queued`, `sending`, `sent`, `delivered`, `failed`, `unknown` or `skipped`; error: why, for the
    last three; on a queued row, why the last attempt failed. recipient: E.164. attempts: claims so far; its
    value names the present one. sending_since: epoch seconds of the claim, for finding a sender that died.
    maybe_delivered: an attempt ended without a clear answer, so the text may have arrived although the row
    says `failed`.
    """

    class Meta:
        table_name = TableName("notification_history")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute(default="sms")
    order_id = UnicodeAttribute()
    template = UnicodeAttribute()
    recipient = UnicodeAttribute(null=True)
    content = UnicodeAttribute()
    segments = NumberAttribute()
    status = UnicodeAttribute()
    error = UnicodeAttribute(null=True)
    provider = UnicodeAttribute(null=True)
    provider_message_id = UnicodeAttribute(null=True)
    attempts = NumberAttribute(default=0)
    sending_since = NumberAttribute(null=True)
    maybe_delivered = BooleanAttribute(null=True)
    correlation_id = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    sent_at = UnicodeAttribute(null=True)
