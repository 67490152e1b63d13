"""Table `orders`: hash `tenant_id`, range `id`; stream with both images.

Lists use local secondary indexes, because only those can be read consistently: a client loads a list and then
subscribes from the cursors that came with it. If an index lagged, an order could be missing whose event is before
the cursor. The indexes have keys only; the rows are read by key. Their range keys end in the order's id, so that
they are unique and sort by age.
"""

from typing import Literal

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex

from chalicelib.models.base import DecimalAttribute, Table, TableName

PaymentStatus = Literal["pending", "paid", "refunded"]
PaymentMethod = Literal["cash", "transfer", "card", "line_pay"]


class DegreesAttribute(NumberAttribute):
    """An angle to seven decimal places, about a centimetre; DynamoDB refuses numbers closer to 0 than 1e-130."""

    def serialize(self, value: float) -> str:
        return super().serialize(round(value, 7))


class Location(MapAttribute[str, float]):
    """Degrees, WGS 84."""

    latitude = DegreesAttribute()
    longitude = DegreesAttribute()


class OrderItem(MapAttribute[str, object]):
    """An item of an order. The price is the agreed one, whatever the product costs later.

    is_cylinder: whether the customer returns it empty; weight: kilograms of one; both copied from the product.
    """

    id = UnicodeAttribute()
    product_id = UnicodeAttribute(null=True)
    menu_item_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    quantity = NumberAttribute()
    unit_price = DecimalAttribute()
    is_cylinder = BooleanAttribute(null=True)
    weight = DecimalAttribute(null=True)


class HistoryEntry(MapAttribute[str, str]):
    """A status change of an order: the new status, when (UTC, as on the wire), by which user, and why."""

    status = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)


class MoneyState(MapAttribute[str, object]):
    """The total of an order and its payment."""

    total_price = DecimalAttribute()
    payment_status = UnicodeAttribute()
    payment_method = UnicodeAttribute(null=True)


class LineState(MapAttribute[str, object]):
    """An item in the record of a money change."""

    name = UnicodeAttribute()
    quantity = NumberAttribute()
    unit_price = DecimalAttribute()


class LineChange(MapAttribute[str, object]):
    """An item that was added (no `before`), removed (no `after`) or changed."""

    before = LineState(null=True)
    after = LineState(null=True)


class MoneyChange(MapAttribute[str, object]):
    """One change of an order's items, prices or payment: when, by which user, why, in which status of the order.

    lines: the items that changed.
    """

    at = UnicodeAttribute()
    by = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    before = MoneyState()
    after = MoneyState()
    lines = ListAttribute(of=LineChange)


class Proof(MapAttribute[str, object]):
    """The proof of a delivery: `qr_code`, `signature`, `photo` or `pin`.

    confirmed_at: by the phone's clock; the history has the server's. by: the user's id. cylinder_serial: as read
    from the cylinder. reference: the QR code's id, or the key of the upload. picture_key, picture_sha256: the key
    and the digest of the checked picture; absent in older rows, whose picture is the upload. empties_back: None if
    unknown. verified: false if the driver confirmed without a proof.
    """

    confirmation_type = UnicodeAttribute()
    confirmed_at = UnicodeAttribute()
    by = UnicodeAttribute()
    cylinder_serial = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    picture_key = UnicodeAttribute(null=True)
    picture_sha256 = UnicodeAttribute(null=True)
    empties_back = NumberAttribute(null=True)
    verified = BooleanAttribute(default=True)


class ByDay(LocalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    day_key = UnicodeAttribute(range_key=True)


class ByStatus(LocalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    status_key = UnicodeAttribute(range_key=True)


class ByCustomer(LocalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_customer"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    customer_key = UnicodeAttribute(range_key=True)


class ByDriver(LocalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_driver"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    driver_key = UnicodeAttribute(range_key=True)


class ByUpdated(LocalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_updated"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    updated_at = UnicodeAttribute(range_key=True)


class ByReduced(GlobalSecondaryIndex["Order"]):
    """Orders whose total was lowered, by the last time. Global, because a table has at most five local indexes."""

    class Meta:
        index_name = "by_reduced"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    reduced_at = UnicodeAttribute(range_key=True)


class Order(Table):
    """An order. `notify` and `correlation_id` belong to the last change and are for the stream only.

    pin: the customer's proof for the driver, who never receives it. pin_tries, pin_tried_at: the number of wrong
    PINs, and the epoch second of the last.
    daily_number: counts a restaurant's orders, from 1 each local day. table_id, guest_id: for an order of a guest;
    its customer_key begins with `guest:`, which no customer's id can.
    needs_confirmation: its table had ordered too often, so the kitchen waits until staff confirm the order.
    money_changes: oldest first; absent if there are none.
    reduced_at: the time of the last reduction as defined in orders/money_changes.py.
    customer_login: the id of the customer's user who made or cancelled the order; see sms/queueing.py.
    """

    class Meta:
        table_name = TableName("orders")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    order_number = UnicodeAttribute()
    daily_number = NumberAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    customer_name = UnicodeAttribute(null=True)
    customer_phone = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    location = Location(null=True)
    items = ListAttribute(of=OrderItem)
    total_price = DecimalAttribute()
    currency = UnicodeAttribute()
    scheduled_date = UnicodeAttribute(null=True)
    table_number = UnicodeAttribute(null=True)
    table_id = UnicodeAttribute(null=True)
    guest_id = UnicodeAttribute(null=True)
    needs_confirmation = BooleanAttribute(null=True)
    customer_login = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    payment_status = UnicodeAttribute()
    payment_method = UnicodeAttribute(null=True)
    estimated_time = NumberAttribute(null=True)
    driver_id = UnicodeAttribute(null=True)
    route_id = UnicodeAttribute(null=True)
    template_id = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    history = ListAttribute(of=HistoryEntry)
    money_changes = ListAttribute(of=MoneyChange, null=True)
    reduced_at = UnicodeAttribute(null=True)
    proof = Proof(null=True)
    pin = UnicodeAttribute(null=True)
    pin_tries = NumberAttribute(null=True)
    pin_tried_at = NumberAttribute(null=True)

    notify = BooleanAttribute()
    correlation_id = UnicodeAttribute()

    day_key = UnicodeAttribute()
    status_key = UnicodeAttribute()
    customer_key = UnicodeAttribute(null=True)
    driver_key = UnicodeAttribute(null=True)

    by_day = ByDay()
    by_status = ByStatus()
    by_customer = ByCustomer()
    by_driver = ByDriver()
    by_updated = ByUpdated()
    by_reduced = ByReduced()
