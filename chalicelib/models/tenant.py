"""Table `tenants`: hash `id`. A business, and what everything of it is scoped by."""

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import DecimalAttribute, Table, TableName


class SmsSettings(MapAttribute[str, str]):
    """Which provider sends this tenant's texts; its key or password lies in Parameter Store, never here.

    url: `http`, `mitake`; sender: `http`, `sns`; username: `mitake`.
    """

    provider = UnicodeAttribute()
    url = UnicodeAttribute(null=True)
    sender = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)


class Tenant(Table):
    """kind: `delivery` or `table`; status: `active` or `suspended`; time_zone: an IANA name.

    language: of texts to whom nothing else is known of. sms_price: of one segment, in `currency`.
    sms_allowed_links: hosts, or hosts with the beginning of a path, that texts may link to.
    sms_allowed_numbers: phone numbers that texts may have, as E.164; absent where the tenant has not said.
    sms_daily_cap: texts in a local day, where the tenant has its own figure (sms/caps.py).
    sms_history_months: for how many months texts are stored, 18 where not set. sms_history_from: a local day;
    texts from before it were deleted while the months were fewer.
    """

    class Meta:
        table_name = TableName("tenants")

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    status = UnicodeAttribute(default="active")
    time_zone = UnicodeAttribute(default="Asia/Taipei")
    currency = UnicodeAttribute(default="TWD")
    sms = SmsSettings(null=True)
    language = UnicodeAttribute(default="zh-TW")
    sms_price = DecimalAttribute(null=True)
    sms_allowed_links = ListAttribute[str](null=True)
    sms_allowed_numbers = ListAttribute[str](null=True)
    sms_daily_cap = NumberAttribute(null=True)
    sms_history_months = NumberAttribute(null=True)
    sms_history_from = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
