"""Edits of an order's fields by staff."""

import datetime as dt
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import from_wire, local_day
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.fields import Place, phone, requested_fields
from chalicelib.models.order import Location, Order
from chalicelib.models.tenant import Tenant
from chalicelib.orders.access import visible_order
from chalicelib.orders.drafts import OrderPatch, table_text
from chalicelib.orders.money_changes import check_reason, check_room, money_change, update_money
from chalicelib.orders.payment import check_payable
from chalicelib.orders.pricing import check_items, priced_items, total
from chalicelib.orders.rows import ATTEMPTS, check_version, too_busy
from chalicelib.orders.scheduling import checked_day
from chalicelib.orders.status import is_final

# Fields that staff may still edit after an order has ended.
_ALWAYS_EDITABLE: Final = frozenset({"payment_status", "payment_method", "notes"})
_NEEDED_FOR_DELIVERY: Final = ("customer_name", "address", "scheduled_date")


@rule(roles=STAFF)
def edit_order(
    principal: Principal,
    tenant: Tenant,
    order_id: str,
    patch: OrderPatch,
    *,
    correlation_id: str,
    now: datetime,
) -> Order:
    """Changes fields of an order and returns it; an edit that changes nothing writes nothing.

    Raises NotFound, Invalid (also `reason_required`), Conflict `stale_version`, `order_closed`, `order_paid`,
    `illegal_payment_step` or `changes_full`.
    """
    for _ in range(ATTEMPTS):
        order = visible_order(principal, order_id)
        check_version(order, patch.version)
        changes = _changes(principal, tenant, order, patch, now)
        if not changes:
            return order
        _check_open(order, changes)
        change = money_change(order, changes, by=principal.user_id, reason=patch.reason, now=now)
        if change is not None:
            check_reason(order, change)
            check_room(order, change)
        edited = update_money(order, changes, change, notify=patch.notify, correlation_id=correlation_id, now=now)
        if edited is not None:
            return edited
    raise too_busy()


def _changes(
    principal: Principal, tenant: Tenant, order: Order, patch: OrderPatch, now: datetime
) -> dict[str, Any]:
    """The new values that differ from the row, by attribute; None removes an attribute."""
    new_values = requested_fields(patch, without=("reason", "version", "notify"))
    if order.kind == "delivery":
        emptied = [name for name in _NEEDED_FOR_DELIVERY if name in new_values and new_values[name] is None]
        if emptied:
            raise Invalid(*((name, "a delivery needs it") for name in emptied))
    if new_values.get("customer_phone") is not None:
        new_values["customer_phone"] = phone("customer_phone", new_values["customer_phone"])
    if "table_number" in new_values:
        new_values["table_number"] = table_text(new_values["table_number"])
    if isinstance(new_values.get("location"), Place):
        new_values["location"] = Location(**msgspec.structs.asdict(new_values["location"]))
    if new_values.get("address", order.address) != order.address:
        # The coordinates of the old address would lead the driver there and set the order to `arrived` there.
        new_values.setdefault("location", None)
    if "scheduled_date" in new_values:
        day = new_values["scheduled_date"]
        new_values["scheduled_date"] = day and _scheduled(tenant, day, now)
        new_values["day_key"] = f"{new_values['scheduled_date'] or _created_day(tenant, order)}#{order.id}"
    if "items" in new_values:
        check_items(principal, new_values["items"])
        new_values["items"] = priced_items(principal, new_values["items"], existing=order.items)
        new_values["total_price"] = total(new_values["items"])
    return {
        name: value
        for name, value in new_values.items()
        if _stored(name, getattr(order, name)) != _stored(name, value)
    }


def _stored(name: str, value: Any) -> Any:
    """The value as the row stores it, because maps can only be compared in that form."""
    return None if value is None else Order.get_attributes()[name].serialize(value)


def _scheduled(tenant: Tenant, day: dt.date, now: datetime) -> str:
    return checked_day(day, local_day(now, tenant.time_zone))


def _created_day(tenant: Tenant, order: Order) -> str:
    return local_day(from_wire(order.created_at), tenant.time_zone)


def _check_open(order: Order, changes: Mapping[str, Any]) -> None:
    closed = sorted(set(changes) - _ALWAYS_EDITABLE)
    if closed and is_final(order.kind, order.status):
        raise Conflict(
            f"An order that is {order.status} keeps its {', '.join(closed)}.",
            code=ErrorCode.ORDER_CLOSED,
            current_status=order.status,
        )
    if "items" in changes and order.payment_status != "pending":
        raise Conflict(
            f"An order that is {order.payment_status} keeps its lines. Set its payment to pending first.",
            code=ErrorCode.ORDER_PAID,
            current_payment_status=order.payment_status,
        )
    if changes.get("payment_status") == "paid":
        check_payable(order)
