"""Daily caps of SMS: to one number, for one customer's login, and by one tenant.

An SMS is counted in the transaction that writes its row. So a repeated stream record counts nothing, and a crash
leaves either both or none. A day is the tenant's local day.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import epoch, local_day
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import transact
from chalicelib.models.counter import Counter
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant

# The defaults send three SMS per order, so this is ten orders in a day with one phone number, for example a
# caretaker's.
MOST_PER_RECIPIENT: Final = 30
# Six orders. Less than a number's cap, so that a login cannot use up the cap that the office needs for the number.
MOST_PER_LOGIN: Final = 20
# Five times the 400 of a busy dealer; at NT$1 a segment a day's mistake costs NT$2,000. A tenant sets its own.
MOST_PER_TENANT: Final = 2_000
LARGEST_OF_TENANT: Final = 100_000

RECIPIENT_CAP: Final = "recipient_cap"
LOGIN_CAP: Final = "customer_cap"
TENANT_CAP: Final = "tenant_cap"
CAPS: Final = frozenset({RECIPIENT_CAP, LOGIN_CAP, TENANT_CAP})

# Counters are stored until the day is over in every time zone.
_STORED: Final = timedelta(days=3)


class Cap(Struct, frozen=True):
    """At most so many SMS under a counter's key. reason: for an SMS that is skipped because of it."""

    reason: str
    key: str
    most: int


class CapReached(Exception):
    """The SMS would exceed the cap; nothing was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def daily_cap(tenant: Tenant) -> int:
    """The most SMS that the tenant sends in a day."""
    return MOST_PER_TENANT if tenant.sms_daily_cap is None else int(tenant.sms_daily_cap)


def caps_of(order: Order, tenant: Tenant, recipient: str, now: datetime) -> list[Cap]:
    """The caps that an SMS of this order to this number counts for, the narrowest first. recipient: E.164."""
    day = local_day(now, tenant.time_zone)
    # Hashed, because deleting a person's data does not search these short-lived counters.
    number = sha256(f"{tenant.id} {recipient}".encode()).hexdigest()[:20]
    caps = [Cap(RECIPIENT_CAP, f"{tenant.id}#sms to {number}#{day}", MOST_PER_RECIPIENT)]
    if order.customer_login is not None:
        caps.append(Cap(LOGIN_CAP, f"{tenant.id}#sms by {order.customer_login}#{day}", MOST_PER_LOGIN))
    return [*caps, Cap(TENANT_CAP, f"{tenant.id}#sms#{day}", daily_cap(tenant))]


def write_counted(write: Callable[[TransactWrite], None], caps: Sequence[Cap], now: datetime) -> bool:
    """Writes an SMS's row and counts it in one transaction. Returns False if the row's own condition failed.

    write: adds the conditional write of the row to a transaction. Raises CapReached.
    """

    def write_all(transaction: TransactWrite) -> None:
        write(transaction)
        for cap in caps:
            transaction.update(
                Counter(cap.key),
                actions=[Counter.value.add(1), Counter.expires_at.set(epoch(now + _STORED))],
                condition=Counter.value.does_not_exist() | (Counter.value < cap.most),
            )

    try:
        transact(write_all)
    except TransactWriteError as error:
        refused = failed_conditions(error)
        if not refused:
            raise
        row_failed, *failed = refused
        if row_failed:
            return False
        if not any(failed):
            raise
        raise CapReached(caps[failed.index(True)].reason) from error
    return True
