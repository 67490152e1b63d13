"""SMS totals for the health endpoint."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from chalicelib.core import clock
from chalicelib.models.system_metric import SystemMetric
from chalicelib.models.tenant import Tenant
from chalicelib.sms.ttl_cache import TtlCache

METRIC: Final = "notifications"

# The counter is for the platform, not for a tenant; its day is that of the operators.
_HOME: Final = "Asia/Taipei"

cached_names: Final[TtlCache[list[str]]] = TtlCache(60)


class Today(Struct, frozen=True):
    """sent: accepted by a provider; failed: refused, or all attempts failed. A redriven SMS may count in both."""

    sent: int
    failed: int


def day_of(moment: datetime) -> str:
    """The day for which an outcome counts, `YYYY-MM-DD`."""
    return clock.local_day(moment, _HOME)


def today(now: Callable[[], datetime] = clock.now) -> Today:
    """Today's counters, over all tenants."""
    row = SystemMetric.find(METRIC, day_of(now()), consistent_read=True)
    if row is None:
        return Today(0, 0)
    return Today(int(row.sent or 0), int(row.failed or 0))


def providers_in_use(cache: TtlCache[list[str]] = cached_names) -> list[str]:
    """Names of the providers in tenants' settings, sorted; up to a minute old."""
    return cache.get(METRIC, _read_names)


def _read_names() -> list[str]:
    # A scan is cheap: the table has one row per tenant.
    return sorted({tenant.sms.provider for tenant in Tenant.scan() if tenant.sms is not None})
