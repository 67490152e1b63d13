"""Order numbers that people read to each other over the phone."""

import secrets
from datetime import datetime

from chalicelib.clock import time_zone

# Crockford's base 32: no I, L, O or U, which are misread and misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def order_number(moment: datetime, zone: str) -> str:
    """`ORD-YYMMDDHHMMSS-XXXX`: the tenant's local time and four random characters."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return f"ORD-{moment.astimezone(time_zone(zone)):%y%m%d%H%M%S}-{suffix}"
