"""What a client may send about an order. Unknown fields and wrong types never get past decoding."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.fields import Id, LineText, LongText, Place, ShortText, Version, one_of
from chalicelib.models.order import PaymentMethod, PaymentStatus
from chalicelib.orders.status import STATUSES

Minutes = Annotated[int, Meta(ge=0, le=7 * 24 * 60)]
# Existing dashboards send numbers; stored is the text. Up to 15 digits a number is the same in every client.
TableNumber = ShortText | Annotated[int, Meta(ge=0, lt=10**15)]


class ItemDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A line: something of the catalogue, or, by staff only, a name and a price."""

    product_id: Id | None = None
    menu_item_id: Id | None = None
    name: ShortText | None = None
    quantity: Annotated[int, Meta(ge=1, le=999)]
    unit_price: Decimal | None = None

    @property
    def catalogue_id(self) -> str | None:
        """The product or menu item meant; both live in one table."""
        return self.product_id or self.menu_item_id


Items = Annotated[list[ItemDraft], Meta(min_length=1, max_length=100)]


class OrderDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A new order. What is left out comes from the customer's row where `customer_id` names one.

    expected_total: what the items came to where they were chosen; an order that comes to another sum is refused.
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
    """Changes to an order; what is left out stays, `null` empties a field that may be empty.

    reason: why its money changes; needed where the total of an accepted order falls.
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
    """A step. version: the one the client has seen; a stale one is refused."""

    status: Annotated[ShortText, one_of(STATUSES)]
    reason: LineText | None = None
    version: Version | None = None
    notify: bool = True


def table_text(number: TableNumber | None) -> str | None:
    """A table's number as it is stored."""
    return None if number is None else str(number)


class PaymentDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """A step of the payment. payment_method: how it was paid, where that is known only now."""

    payment_status: PaymentStatus
    payment_method: PaymentMethod | None = None
    reason: LineText | None = None
    version: Version | None = None
    notify: bool = True


class AssignDraft(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who delivers."""

    driver_id: Id
    version: Version | None = None
    notify: bool = True
