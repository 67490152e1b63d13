"""Order numbers, which people read out over the phone and call out in a restaurant."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.clock import epoch, local_day, time_zone
from chalicelib.models.counter import Counter

# Crockford's base 32, without I, L, O and U, which are easily confused.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# How long a day's counter is stored: until the day is over in every time zone.
_RETENTION: Final = timedelta(days=3)


def order_number(moment: datetime, zone: str) -> str:
    """`ORD-YYMMDDHHMMSS-XXXX`: the tenant's local time and four random characters."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return f"ORD-{moment.astimezone(time_zone(zone)):%y%m%d%H%M%S}-{suffix}"


def daily_number(tenant_id: str, zone: str, now: datetime) -> int:
    """The next number of the tenant's local day, from 1. Unique; a number may be missing."""
    # Before the order, not in its transaction, because concurrent orders would cancel each other.
    row = Counter(f"{tenant_id}#orders#{local_day(now, zone)}")
    row.update([Counter.value.add(1), Counter.expires_at.set(epoch(now + _RETENTION))])
    return int(row.value)
