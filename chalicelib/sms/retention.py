"""How long SMS are stored: some months after they became due, until DynamoDB's TTL deletes them.

The limit is for privacy: the number and the text of an SMS are needed for complaints and bills, not for years. The
command that changes a tenant's months rewrites the expiry of its rows (infra/ops/sms_history.py).
"""

import calendar
import datetime as dt
from datetime import datetime
from typing import Final

from chalicelib.core.clock import day_bounds, epoch, from_wire, local_date
from chalicelib.models.tenant import Tenant

# A year's bill and the time for disputing it. A tenant may have another value.
DEFAULT_MONTHS: Final = 18
_YEAR: Final = 12
_LONGEST_MONTH: Final = 31


def months_of(tenant: Tenant) -> int:
    """For how many months the tenant's SMS are stored."""
    return int(tenant.sms_history_months or DEFAULT_MONTHS)


def expires_at(tenant: Tenant, created_at: str) -> int:
    """When an SMS expires, in epoch seconds. created_at: as on the wire."""
    return epoch(_later(from_wire(created_at), months_of(tenant)))


def stored_from(tenant: Tenant, now: datetime) -> dt.date:
    """The first local day of which no SMS has expired; earlier days are incomplete or empty."""
    months = months_of(tenant)
    day = local_date(now, tenant.time_zone) - dt.timedelta(days=_LONGEST_MONTH * months)
    while _later(day_bounds(day, tenant.time_zone)[0], months) <= now:
        day += dt.timedelta(days=1)
    # SMS that expired under a shorter setting do not come back.
    return max(day, dt.date.fromisoformat(tenant.sms_history_from)) if tenant.sms_history_from else day


def _later(moment: datetime, months: int) -> datetime:
    """So many months later. A day beyond the end of a short month becomes the start of the next month.

    So the order of instants is preserved, and a day is complete until its first instant has expired.
    """
    years, month = divmod(moment.month - 1 + months, _YEAR)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    if moment.day > calendar.monthrange(first.year, first.month)[1]:
        following = first + dt.timedelta(days=_LONGEST_MONTH)
        return following.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(day=moment.day)
