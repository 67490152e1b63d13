"""Table `users`: hash `tenant_id`, range `id`."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.models.base import Table, TableName


class ByCustomer(GlobalSecondaryIndex["User"]):
    class Meta:
        index_name = "by_customer"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute(range_key=True)


class ByDriver(GlobalSecondaryIndex["User"]):
    class Meta:
        index_name = "by_driver"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    driver_id = UnicodeAttribute(range_key=True)


class User(Table):
    """A person with a username and a password.

    role: `admin`, `office_staff`, `driver` or `customer`; status: `active` or `suspended`.
    driver_id, customer_id: the row of `drivers` or `customers` of this user.
    password_initial: set while the password is one that an admin or the operator chose.
    totp_salt, totp_step, recovery_hashes: of a second factor, while it is on. totp_new_salt: while it is set up.
    See auth/totp.py.
    sessions_valid_from: earlier sessions are invalid (password changed, user suspended).
    """

    class Meta:
        table_name = TableName("users")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    username = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    status = UnicodeAttribute(default="active")
    password_hash = UnicodeAttribute()
    password_initial = BooleanAttribute(null=True)
    totp_salt = UnicodeAttribute(null=True)
    totp_new_salt = UnicodeAttribute(null=True)
    totp_step = NumberAttribute(null=True)
    recovery_hashes = UnicodeSetAttribute(null=True)
    sessions_valid_from = UnicodeAttribute()
    driver_id = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    by_customer = ByCustomer()
    by_driver = ByDriver()
