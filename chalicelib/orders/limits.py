"""Limits for orders of customers and guests, against photographed QR codes and stolen logins. Not for staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from chalicelib.auth.principal import CUSTOMER, TABLE, Principal
from chalicelib.auth.rate_limits import Limit, check, refund, spend
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid, TooFast
from chalicelib.core.fields import money_text
from chalicelib.orders.drafts import ItemDraft

# A household orders gas once in some weeks, a commercial kitchen once or twice a day.
PER_CUSTOMER: Final = Limit(
    "customer_orders",
    10,
    24 * 3600,
    code=ErrorCode.TOO_MANY_ORDERS,
    detail="Too many orders with this login. Call the office.",
)
# One phone may order for a whole table: one order every four minutes, and fifteen at once.
PER_GUEST: Final = Limit(
    "guest_orders", 15, 3600, code=ErrorCode.TOO_MANY_ORDERS, detail="Too many orders. Ask the staff."
)
# A table of twelve, each of whom orders more than twice an hour. Further orders wait until staff confirm them.
PER_TABLE: Final = Limit(
    "table_orders", 30, 3600, code=ErrorCode.TOO_MANY_ORDERS, detail="Too many orders. Ask the staff."
)
# Limits the orders that wait for staff, so that a photographed code cannot fill their list.
UNCONFIRMED_PER_TABLE: Final = Limit(
    "table_unconfirmed",
    30,
    3600,
    code=ErrorCode.TOO_MANY_ORDERS,
    detail="Too many orders at this table. Ask the staff.",
)

# A large table may order fifty skewers; a truck carries about sixty cylinders.
MOST_OF_A_LINE: Final = 50
MOST_PIECES: Final = 100
# A banquet for twelve costs NT$20,000, a truckload of 60 cylinders NT$43,200. In other currencies only the
# quantities are limited.
MOST_TOTAL: Final[Mapping[str, Decimal]] = {"TWD": Decimal(50_000)}


class Counted(Struct, frozen=True):
    """An order that has been counted. needs_confirmation: whether it is above its table's limit."""

    spent: tuple[tuple[Limit, str], ...] = ()
    needs_confirmation: bool = False

    def refund(self, now: datetime) -> None:
        """Refunds the count of an order that was a repeat."""
        for limit, subject in self.spent:
            refund(limit, subject, now=now)


def check_pace(principal: Principal, now: datetime) -> None:
    """Raises TooFast `too_many_orders` if this process has just refused the caller; makes no call."""
    caller = f"{principal.tenant_id}.{principal.user_id}"
    if principal.role in (CUSTOMER, TABLE):
        check(PER_CUSTOMER if principal.role == CUSTOMER else PER_GUEST, caller, now=now)


def count_order(principal: Principal, now: datetime) -> Counted:
    """Counts an order before it is written. Raises TooFast `too_many_orders`, and then counts nothing."""
    caller = f"{principal.tenant_id}.{principal.user_id}"
    if principal.role == CUSTOMER:
        spend(PER_CUSTOMER, caller, now=now)
        return Counted(((PER_CUSTOMER, caller),))
    if principal.role != TABLE:
        return Counted()
    table = f"{principal.tenant_id}.{principal.table_id}"
    spend(PER_GUEST, caller, now=now)
    guests = (PER_GUEST, caller)
    try:
        spend(PER_TABLE, table, now=now)
    except TooFast:
        try:
            spend(UNCONFIRMED_PER_TABLE, table, now=now)
        except TooFast:
            Counted((guests,)).refund(now)
            raise
        return Counted((guests, (UNCONFIRMED_PER_TABLE, table)), needs_confirmation=True)
    return Counted((guests, (PER_TABLE, table)))


def check_quantities(principal: Principal, items: Sequence[ItemDraft]) -> None:
    """Raises Invalid `order_too_large`, naming the items."""
    if principal.is_staff:
        return
    errors = [
        (f"items.{n}.quantity", f"{MOST_OF_A_LINE} at most; ask the staff for more")
        for n, item in enumerate(items)
        if item.quantity > MOST_OF_A_LINE
    ]
    if not errors and sum(item.quantity for item in items) > MOST_PIECES:
        errors.append(("items", f"{MOST_PIECES} pieces at most; ask the staff for more"))
    if errors:
        raise Invalid(*errors, code=ErrorCode.ORDER_TOO_LARGE)


def check_total(principal: Principal, total: Decimal, currency: str) -> None:
    """Raises Invalid `order_too_large`."""
    most = MOST_TOTAL.get(currency)
    if not principal.is_staff and most is not None and total > most:
        raise Invalid(
            ("items", f"{money_text(most)} at most; ask the staff for more"), code=ErrorCode.ORDER_TOO_LARGE
        )
