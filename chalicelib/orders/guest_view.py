"""An order as a guest sees it: what the page needs; no name, number or address, and no id but the driver's."""

from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict, cast

from chalicelib.auth.principal import TABLE, TRACKER
from chalicelib.fields import Place, WireDay, WireTime
from chalicelib.orders.drafts import PaymentMethod, PaymentStatus
from chalicelib.orders.status import UNDER_WAY, OrderStatus
from chalicelib.orders.view import ItemView

_BOTH: Final = (
    "id",
    "order_number",
    "daily_number",
    "items",
    "total_price",
    "currency",
    "scheduled_date",
    "status",
    "payment_status",
    "payment_method",
    "estimated_time",
    "version",
    "created_at",
    "updated_at",
)
# A link may be passed on, so a tracker gets no notes: "the key is under the mat". A guest wrote them.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {TRACKER: _BOTH, TABLE: (*_BOTH, "table_number", "notes")}


class StepView(TypedDict):
    """A step of an order. by, reason: who made it and why; not for guests."""

    status: OrderStatus
    at: WireTime
    by: NotRequired[str]
    reason: NotRequired[str | None]


class GuestOrderView(TypedDict):
    """An order for guests. driver_id: only while the driver is on the way. table_number, notes: only at tables."""

    id: str
    order_number: str
    daily_number: int | None
    items: list[ItemView]
    total_price: str
    currency: str
    scheduled_date: WireDay | None
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod | None
    estimated_time: int | None
    version: int
    created_at: WireTime
    updated_at: WireTime
    driver_id: str | None
    history: list[StepView]
    table_number: NotRequired[str | None]
    notes: NotRequired[str | None]


class SeenOrder(GuestOrderView, total=False):
    """An order as whoever asks may see it: all of an OrderView, or for guests what a GuestOrderView has."""

    customer_id: str | None
    customer_name: str | None
    customer_phone: str | None
    address: str | None
    location: Place | None
    route_id: str | None
    template_id: str | None


def guest_view(view: Mapping[str, Any], role: str) -> GuestOrderView:
    """What of an OrderView a guest of this role sees, as a GuestOrderView."""
    reduced: dict[str, Any] = {name: view.get(name) for name in _KEYS[role]}
    reduced["driver_id"] = view.get("driver_id") if view.get("status") in UNDER_WAY else None
    reduced["history"] = [{"status": step["status"], "at": step["at"]} for step in view.get("history") or ()]
    return cast(GuestOrderView, reduced)
