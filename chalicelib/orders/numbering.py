"""Order numbers that people read to each other over the phone, and call out across a restaurant."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from chalicelib.clock import epoch, local_day, time_zone
from chalicelib.errors import TooFast
from chalicelib.models.counter import Counter

# Crockford's base 32: no I, L, O or U, which are misread and misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# A photograph of a QR code orders from anywhere: what it can order is bounded.
MOST_PER_TABLE_AND_HOUR: Final = 30
# A day's counter, until no clock anywhere takes the day for today.
_KEPT: Final = timedelta(days=3)


def order_number(moment: datetime, zone: str) -> str:
    """`ORD-YYMMDDHHMMSS-XXXX`: the tenant's local time and four random characters."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return f"ORD-{moment.astimezone(time_zone(zone)):%y%m%d%H%M%S}-{suffix}"


def daily_number(tenant_id: str, zone: str, now: datetime) -> int:
    """The next number of the tenant's local day, from 1. Never the same twice; one may be missing."""
    # Before the order, not in its transaction: two orders at once would cancel each other.
    return _next(f"{tenant_id}#orders#{local_day(now, zone)}", now + _KEPT)


def check_table_pace(tenant_id: str, table_id: str, now: datetime) -> None:
    """Counts a guest's order. Raises TooFast `too_many_orders` where a table orders more than anybody eats."""
    hour = epoch(now) // 3600
    if _next(f"{tenant_id}#table {table_id}#{hour}", now + timedelta(hours=2)) > MOST_PER_TABLE_AND_HOUR:
        raise TooFast(
            f"More than {MOST_PER_TABLE_AND_HOUR} orders in an hour. Ask the staff.",
            retry_after=(hour + 1) * 3600 - epoch(now),
            code="too_many_orders",
        )


def _next(key: str, expires: datetime) -> int:
    row = Counter(key)
    row.update([Counter.value.add(1), Counter.expires_at.set(epoch(expires))])
    return int(row.value)
