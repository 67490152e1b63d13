"""Reports on SMS. An SMS counts on the local day on which it became due."""

import datetime as dt
from collections import Counter

from msgspec import structs

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import day_bounds, from_wire, local_day, wire
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.reports.days import Range
from chalicelib.reports.views import Texts, TextsDay, TextsReport
from chalicelib.sms.history import success_rate
from chalicelib.sms.retention import stored_from

_MILLISECOND = dt.timedelta(milliseconds=1)


def sms_of_day(tenant: Tenant, day: dt.date, now: dt.datetime) -> Texts | None:
    """The SMS of a day; None if they are deleted."""
    if day < stored_from(tenant, now):
        return None
    return _figures(_counts(tenant, Range(day, day))[day.isoformat()])


@rule(roles=STAFF)
def sms_by_day(_principal: Principal, tenant: Tenant, days: Range, now: dt.datetime) -> TextsReport:
    """The SMS of each day and their total, as far as they are still stored."""
    since = stored_from(tenant, now)
    stored = Range(max(days.first, since), days.last)
    found = _counts(tenant, stored) if stored.first <= stored.last else {}
    return TextsReport(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        stored_from=since.isoformat() if days.first < since else None,
        total=_figures(sum(found.values(), Counter[str]())),
        days=[TextsDay(**structs.asdict(_figures(counts)), date=day) for day, counts in found.items()],
    )


def _counts(tenant: Tenant, days: Range) -> dict[str, Counter[str]]:
    """The number of SMS by day and status, with one query."""
    found: dict[str, Counter[str]] = {day: Counter() for day in days}
    start, end = day_bounds(days.first, tenant.time_zone)[0], day_bounds(days.last, tenant.time_zone)[1]
    for row in Notification.query(
        tenant.id,
        Notification.created_at.between(wire(start), wire(end - _MILLISECOND)),
        index_name="by_created",
        attributes_to_get=["status", "created_at"],
    ):
        found[local_day(from_wire(row.created_at), tenant.time_zone)][row.status] += 1
    return found


def _figures(counts: Counter[str]) -> Texts:
    return Texts(
        sent=counts["sent"] + counts["delivered"],
        failed=counts["failed"],
        unknown=counts["unknown"],
        skipped=counts["skipped"],
        waiting=counts["queued"] + counts["sending"],
        success_rate=success_rate(counts),
    )
