"""Creates orders, each with one transaction, which a client may repeat with an idempotency key."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import CUSTOMER, STAFF, TABLE, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import epoch, local_day, new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, Invalid
from chalicelib.core.fields import money, money_text, phone
from chalicelib.models.base import transact
from chalicelib.models.customer import Customer
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.idempotency import Idempotency
from chalicelib.models.order import HistoryEntry, Location, Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.models.tenant import Tenant
from chalicelib.orders.drafts import OrderDraft, table_text
from chalicelib.orders.limits import check_pace, check_quantities, check_total, count_order
from chalicelib.orders.numbering import daily_number, order_number
from chalicelib.orders.pricing import check_items, priced_items, total
from chalicelib.orders.rows import guest_key
from chalicelib.orders.scheduling import checked_day
from chalicelib.orders.status import FIRST
from chalicelib.orders.view import OrderView, order_view
from chalicelib.records.opening_hours import opening_of

# Clients repeat a request within minutes. Stripe also stores keys for a day.
_KEY_LIFETIME: Final = timedelta(hours=24)
_KEY_LENGTH: Final = 128
IdempotencyKey = Annotated[
    str, Meta(extra_json_schema={"minLength": 1, "maxLength": _KEY_LENGTH, "pattern": r"^[\x20-\x7e]+$"})
]

# Fields that guests may not send: the token identifies the guest and the table, and the rest is for staff.
_FOR_STAFF: Final = (
    "customer_id",
    "customer_name",
    "customer_phone",
    "address",
    "location",
    "scheduled_date",
    "estimated_time",
    "template_id",
)
# Fields that customers may not send: those of the office and of restaurants.
_NOT_FOR_CUSTOMERS: Final = ("table_number", "estimated_time", "template_id")


class _Repeat(Struct, frozen=True):
    """A request that may be a repeat: the key of its stored answer, and the hash of its body."""

    key: str
    request_hash: str


@rule(roles=STAFF | {CUSTOMER, TABLE})
def create_order(
    principal: Principal,
    tenant: Tenant,
    draft: OrderDraft,
    *,
    correlation_id: str,
    now: datetime,
    idempotency_key: str | None = None,
    table: DiningTable | None = None,
) -> OrderView:
    """Stores the order and returns its view; the same key and draft again return the same view.

    table: of a guest, who may order only for it and within opening hours. Repeats do not count towards limits.
    Raises Invalid (also `idempotency_key_reused` for a key with another draft), Forbidden, Conflict `closed` or
    `price_changed`, or TooFast.
    """
    seat = _own_table(principal, table) if principal.role == TABLE else None
    repeat = _repeat(principal, draft, idempotency_key) if idempotency_key is not None else None
    if repeat and (answer := _earlier_answer(repeat, now)):
        return answer
    check_pace(principal, now)
    if draft.template_id is not None and principal.is_staff:
        _check_template(tenant.id, draft.template_id)
    order = new_order(principal, tenant, draft, correlation_id=correlation_id, now=now)
    if seat is not None:
        _set_guest_and_table(order, principal, tenant, seat, now)
    counted = count_order(principal, now)
    order.needs_confirmation = counted.needs_confirmation or None
    if tenant.kind == "table":
        order.daily_number = daily_number(tenant.id, tenant.time_zone, now)
    view = order_view(order)

    def write(transaction: TransactWrite) -> None:
        transaction.save(order, condition=Order.id.does_not_exist())
        if repeat:
            record = Idempotency(
                repeat.key,
                request_hash=repeat.request_hash,
                answer=msgspec.json.encode(view).decode(),
                expires_at=epoch(now + _KEY_LIFETIME),
            )
            free = Idempotency.key.does_not_exist() | (Idempotency.expires_at < epoch(now))
            transaction.save(record, condition=free)

    try:
        transact(write)
    except TransactWriteError:
        # A concurrent request with the same key was first; return its answer.
        if repeat and (answer := _earlier_answer(repeat, now)):
            counted.refund(now)
            return answer
        raise
    return view


def _repeat(principal: Principal, draft: OrderDraft, key: str) -> _Repeat:
    if not 1 <= len(key) <= _KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Invalid(("Idempotency-Key", f"1 to {_KEY_LENGTH} printable ASCII characters"))
    digest = sha256(msgspec.json.encode(draft, order="deterministic")).hexdigest()
    return _Repeat(f"{principal.tenant_id}#{principal.user_id}#create_order#{key}", digest)


def _earlier_answer(repeat: _Repeat, now: datetime) -> OrderView | None:
    record = Idempotency.find(repeat.key, consistent_read=True)
    if record is None:
        return None
    if record.expires_at < epoch(now):
        return None
    if record.request_hash != repeat.request_hash:
        raise Invalid(
            ("Idempotency-Key", "was used before with another body"), code=ErrorCode.IDEMPOTENCY_KEY_REUSED
        )
    answer: OrderView = msgspec.json.decode(record.answer)
    return answer


def new_order(
    principal: Principal,
    tenant: Tenant,
    draft: OrderDraft,
    *,
    correlation_id: str,
    now: datetime,
    customer: Customer | None = None,
    catalogue: Mapping[str, Product] | None = None,
) -> Order:
    """The checked order of a draft; does not write it.

    customer, catalogue: the draft's customer and all products, if they have been read already. Raises Invalid,
    Forbidden, or Conflict `price_changed`.
    """
    check_items(principal, draft.items)
    check_quantities(principal, draft.items)
    customer = _customer(principal, draft, customer)
    items = priced_items(principal, draft.items, catalogue)
    today = local_day(now, tenant.time_zone)
    scheduled = _scheduled_date(principal, tenant, draft, today)
    order_id, moment = new_id(), wire(now)
    number = draft.customer_phone and phone("customer_phone", draft.customer_phone)
    order = Order(
        tenant.id,
        order_id,
        kind=tenant.kind,
        order_number=order_number(now, tenant.time_zone),
        customer_id=customer.id if customer else None,
        customer_name=draft.customer_name or (customer and customer.name),
        customer_phone=number or (customer and customer.phone),
        address=draft.address or (customer and customer.address),
        location=_location(draft, customer),
        items=items,
        total_price=total(items),
        currency=tenant.currency,
        scheduled_date=scheduled,
        table_number=table_text(draft.table_number),
        status=FIRST,
        payment_status="pending",
        payment_method=draft.payment_method,
        estimated_time=draft.estimated_time,
        template_id=draft.template_id,
        notes=draft.notes or None,
        version=1,
        created_at=moment,
        updated_at=moment,
        history=[HistoryEntry(status=FIRST, at=moment, by=principal.user_id)],
        customer_login=principal.user_id if principal.role == CUSTOMER else None,
        notify=draft.notify,
        correlation_id=correlation_id,
        day_key=f"{scheduled or today}#{order_id}",
        status_key=f"{FIRST}#{order_id}",
        customer_key=f"{customer.id}#{order_id}" if customer else None,
    )
    check_deliverable(order)
    check_total(principal, order.total_price, order.currency)
    _check_expected(order, draft)
    return order


def _scheduled_date(principal: Principal, tenant: Tenant, draft: OrderDraft, today: str) -> str | None:
    if draft.scheduled_date is not None:
        return checked_day(draft.scheduled_date, today, also_past=principal.is_staff)
    return today if tenant.kind == "delivery" else None


def _check_expected(order: Order, draft: OrderDraft) -> None:
    """Raises Conflict `price_changed` if the total differs from the one that the customer saw."""
    if draft.expected_total is None or money("expected_total", draft.expected_total) == order.total_price:
        return
    price = money_text(order.total_price)
    raise Conflict(f"The items come to {price} by now.", code=ErrorCode.PRICE_CHANGED, total_price=price)


def _own_table(principal: Principal, table: DiningTable | None) -> DiningTable:
    """The guest's table. Raises Forbidden if it is not the token's."""
    if table is None or table.id != principal.table_id:
        raise Forbidden("Guests order at their table only.")
    return table


def _set_guest_and_table(
    order: Order, principal: Principal, tenant: Tenant, table: DiningTable, now: datetime
) -> None:
    """Sets the guest and the table of an order. Raises Conflict `closed`."""
    opening = opening_of(tenant, now)
    if not opening.open_now:
        raise Conflict(code=ErrorCode.CLOSED, opens_at=opening.opens_at)
    order.table_id, order.table_number = table.id, table.number
    order.guest_id, order.customer_key = principal.user_id, guest_key(principal.user_id, order.id)


def _location(draft: OrderDraft, customer: Customer | None) -> Location | None:
    """The coordinates of the order. The customer's coordinates are used only with the customer's own address."""
    if draft.location:
        return Location(**msgspec.structs.asdict(draft.location))
    if customer is None or draft.address not in (None, customer.address):
        return None
    return customer.location


def _customer(principal: Principal, draft: OrderDraft, known: Customer | None) -> Customer | None:
    customer_id = draft.customer_id
    if principal.role == TABLE:
        _reject_fields(draft, _FOR_STAFF, "not for guests")
        return None
    if principal.role == CUSTOMER:
        if customer_id not in (None, principal.customer_id):
            raise Forbidden("Customers order for themselves only.")
        _reject_fields(draft, _NOT_FOR_CUSTOMERS, "only staff may set this")
        customer_id = principal.customer_id
    if customer_id is None:
        return None
    customer = known or Customer.find(principal.tenant_id, customer_id)
    if customer is None:
        raise Invalid(("customer_id", "there is no such customer"))
    if customer.status != "active":
        raise Invalid(("customer_id", "this customer is suspended"), code=ErrorCode.CUSTOMER_SUSPENDED)
    return customer


def _reject_fields(draft: OrderDraft, names: Sequence[str], why: str) -> None:
    """Raises Invalid if the draft has one of these fields, or `notify: false`, which is for staff."""
    present = [name for name in names if getattr(draft, name) is not None]
    if not draft.notify:
        present.append("notify")
    if present:
        raise Invalid(*((name, why) for name in present))


def _check_template(tenant_id: str, template_id: str) -> None:
    if OrderTemplate.find(tenant_id, template_id, attributes_to_get=["id"]) is None:
        raise Invalid(("template_id", "there is no such order template"))


def check_deliverable(order: Order) -> None:
    """Raises Invalid without an address or without a name or phone number for the driver."""
    if order.kind != "delivery":
        return
    missing = [name for name in ("customer_name", "address") if getattr(order, name) is None]
    if missing:
        raise Invalid(*((name, "missing; a delivery needs it") for name in missing))
