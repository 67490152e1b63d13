"""Table `notification_history`: hash `tenant_id`, range `id`, TTL `expires_at`. One row per SMS or mail, sent or
not.

The lists use the indexes `by_created` (`created_at`) and `by_status` (`status_key`).
"""

from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName

STATUSES: Final = ("queued", "sending", "sent", "delivered", "failed", "unknown", "skipped")


class ByCreated(LocalSecondaryIndex["Notification"]):
    class Meta:
        index_name = "by_created"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class ByStatus(LocalSecondaryIndex["Notification"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    status_key = UnicodeAttribute(range_key=True)


class Notification(Table):
    """id: `order.status.template`, so that a repeated stream record finds the row it made before.

    status: one of STATUSES; error: the reason for the last three; on a queued row, why the last attempt failed.
    status_key: `status#created_at`. recipient: E.164. queued_at: epoch seconds since when it waits. attempts: the
    number of claims so far, which identifies the current one. sending_since: epoch seconds of the claim, to find a
    sender that died. idempotency_key: the provider recognises a repeated request by it; key_used_at: epoch seconds
    of its first use. receipt_code: the code in the URL for the provider's receipt. maybe_delivered: an attempt
    ended without a clear answer, so the SMS may have arrived although the status is `failed`. expires_at: TTL;
    absent in rows of earlier versions until `make sms-history` has run.
    """

    class Meta:
        table_name = TableName("notification_history")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute(default="sms")
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    template = UnicodeAttribute()
    language = UnicodeAttribute()
    recipient = UnicodeAttribute(null=True)
    content = UnicodeAttribute()
    segments = NumberAttribute()
    status = UnicodeAttribute()
    status_key = UnicodeAttribute()
    error = UnicodeAttribute(null=True)
    provider = UnicodeAttribute(null=True)
    provider_message_id = UnicodeAttribute(null=True)
    attempts = NumberAttribute(default=0)
    queued_at = NumberAttribute()
    sending_since = NumberAttribute(null=True)
    idempotency_key = UnicodeAttribute()
    key_used_at = NumberAttribute(null=True)
    receipt_code = UnicodeAttribute()
    maybe_delivered = BooleanAttribute(null=True)
    correlation_id = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    sent_at = UnicodeAttribute(null=True)
    delivered_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_created = ByCreated()
    by_status = ByStatus()

    def becomes(self, status: str) -> list[Action]:
        """The actions that set the status in the row and in its index."""
        return [
            Notification.status.set(status),
            Notification.status_key.set(status_key(status, self.created_at)),
        ]


def status_key(status: str, created_at: str) -> str:
    """The key of `by_status`."""
    return f"{status}#{created_at}"
