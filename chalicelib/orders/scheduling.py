"""The days for which an order may be scheduled."""

import datetime as dt
from typing import Final

from chalicelib.core.errors import Invalid

# Orders may be entered late or well ahead; more than a year is a typing error.
_FURTHEST: Final = dt.timedelta(days=366)


def checked_day(day: dt.date, today: str, *, also_past: bool = True) -> str:
    """The day as text. today: the tenant's local day. Raises Invalid if it is over a year away, or past without
    `also_past`.
    """
    if not also_past and day.isoformat() < today:
        raise Invalid(("scheduled_date", "is past"))
    if abs(day - dt.date.fromisoformat(today)) > _FURTHEST:
        raise Invalid(("scheduled_date", "more than a year from today"))
    return day.isoformat()
