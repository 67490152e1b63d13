"""Table `tenants`: hash `id`. A business. All its data has its id."""

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import DecimalAttribute, Table, TableName


class SmsSettings(MapAttribute[str, str]):
    """The provider of a tenant's SMS; its key or password is in Parameter Store, never here.

    url: for `http` and `mitake`; sender: for `http` and `sns`; username: for `mitake`.
    """

    provider = UnicodeAttribute()
    url = UnicodeAttribute(null=True)
    sender = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)


class Tenant(Table):
    """kind: `delivery` or `table`; status: `active` or `suspended`; time_zone: an IANA name.

    language: of SMS to customers without a language. sms_price: of one segment, in `currency`.
    sms_allowed_links: hosts, or hosts with the beginning of a path, that SMS may link to.
    sms_allowed_numbers: phone numbers that SMS may contain, as E.164; absent if not set.
    sms_daily_cap: SMS per local day, if the tenant has its own cap (sms/caps.py).
    sms_history_months: how many months SMS are stored; 18 if absent. sms_history_from: a local day; earlier SMS
    may have been deleted by a shorter setting.
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
