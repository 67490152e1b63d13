"""Request bodies about an order. Decoding refuses unknown fields and wrong types."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.fields import Id, LineText, LongText, Place, ShortText, Version, one_of
from chalicelib.models.order import PaymentMethod, PaymentStatus
from chalicelib.orders.status import STATUSES

Minutes = Annotated[int, Meta(ge=0, le=7 * 24 * 60)]
# Existing dashboards send numbers; the text is stored. Every client reads a number of up to 15 digits exactly.
TableNumber = ShortText | Annotated[int, Meta(ge=0, lt=10**15)]


class ItemDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """An item: an entry of the catalogue, or, only from staff, a name and a price."""

    product_id: Id | None = None
    menu_item_id: Id | None = None
    name: ShortText | None = None
    quantity: Annotated[int, Meta(ge=1, le=999)]
    unit_price: Decimal | None = None

    @property
    def catalogue_id(self) -> str | None:
        """The id of the product or menu item; both are in one table."""
        return self.product_id or self.menu_item_id


Items = Annotated[list[ItemDraft], Meta(min_length=1, max_length=100)]


class OrderDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A new order. With `customer_id`, absent fields come from the customer's row.

    expected_total: the total that the client showed; an order with another total is refused.
    """

    customer_id: Id | None = None
    customer_name: ShortText | None = None
    customer_phone: ShortText | None = None
    address: LineText | None = None
    location: Place | None = None
    items: Items
    scheduled_date: dt.date | None = None
    table_number: TableNumber | None = None
    payment_method: PaymentMethod | None = None
    estimated_time: Minutes | None = None
    template_id: Id | None = None
    notes: LongText | None = None
    expected_total: Decimal | None = None
    notify: bool = True


class OrderPatch(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Changes to an order; absent fields do not change, and `null` removes an optional field.

    reason: why the money changes; required if the total of an accepted order falls.
    """

    customer_name: ShortText | None | UnsetType = UNSET
    customer_phone: ShortText | None | UnsetType = UNSET
    address: LineText | None | UnsetType = UNSET
    location: Place | None | UnsetType = UNSET
    items: Items | UnsetType = UNSET
    scheduled_date: dt.date | None | UnsetType = UNSET
    table_number: TableNumber | None | UnsetType = UNSET
    payment_status: PaymentStatus | UnsetType = UNSET
    payment_method: PaymentMethod | None | UnsetType = UNSET
    estimated_time: Minutes | None | UnsetType = UNSET
    notes: LongText | None | UnsetType = UNSET
    reason: LineText | None = None
    version: Version | None = None
    notify: bool = True


class StatusDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A status change. version: the one that the client has seen; an old one is refused."""

    status: Annotated[ShortText, one_of(STATUSES)]
    reason: LineText | None = None
    version: Version | None = None
    notify: bool = True


def table_text(number: TableNumber | None) -> str | None:
    """A table's number as it is stored."""
    return None if number is None else str(number)


class PaymentDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A change of the payment. payment_method: if it is known only now."""

    payment_status: PaymentStatus
    payment_method: PaymentMethod | None = None
    reason: LineText | None = None
    version: Version | None = None
    notify: bool = True


class AssignDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """The driver to assign."""

    driver_id: Id
    version: Version | None = None
    notify: bool = True
