"""Opening hours: when a restaurant accepts guests' orders. Weekly, with exceptions by date, in its time zone."""

import datetime as dt
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from chalicelib.auth.principal import ADMIN, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import time_zone, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.fields import WireTime
from chalicelib.core.logs import log
from chalicelib.models.opening_hours import OpeningHours
from chalicelib.models.tenant import Tenant

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Opens = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Closes = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")]

# How many days ahead the next opening is searched for.
_LOOKED_AHEAD: Final = 60
_MINUTES_A_DAY: Final = 24 * 60


class Span(Struct, forbid_unknown_fields=True, frozen=True):
    """From opens until before closes, local time, `HH:MM`; if closes is not after opens, it is on the next day."""

    opens: Opens
    closes: Closes


Spans = Annotated[tuple[Span, ...], Meta(max_length=6)]
_WHOLE_DAY: Final = (Span("00:00", "24:00"),)


class DayHours(Struct, forbid_unknown_fields=True, frozen=True):
    """The exception of a date: its spans, none for closed."""

    date: dt.date
    spans: Spans


class Hours(Struct, forbid_unknown_fields=True, frozen=True):
    """weekly: spans by weekday, closed on absent ones; null for always open. exceptions: replace the weekday's."""

    weekly: Annotated[Mapping[Weekday, Spans], Meta(min_length=1)] | None
    exceptions: Annotated[tuple[DayHours, ...], Meta(max_length=366)] = ()


class HoursDraft(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """All opening hours. version: that the client has seen; an old one is refused."""

    weekly: Annotated[Mapping[Weekday, Spans], Meta(min_length=1)] | None
    exceptions: Annotated[tuple[DayHours, ...], Meta(max_length=366)] = ()
    version: Annotated[int, Meta(ge=0)] | None = None


class HoursView(Struct):
    """The hours, and whether it is open now. version: 0 if none were ever set. opens_at: the next, if closed."""

    time_zone: str
    weekly: Mapping[Weekday, Spans] | None
    exceptions: tuple[DayHours, ...]
    version: int
    updated_at: WireTime | None
    open_now: bool
    opens_at: WireTime | None


class Opening(Struct, frozen=True):
    """Whether orders are accepted now; opens_at: the next opening of a closed restaurant within two months."""

    open_now: bool
    opens_at: str | None


def opening_of(tenant: Tenant, now: datetime) -> Opening:
    """Whether the tenant is open; always open without opening hours."""
    row = _row(tenant.id)
    return opening(_hours(row), tenant.time_zone, now)


def opening(hours: Hours, zone: str, now: datetime) -> Opening:
    """Whether the hours are open at an instant. zone: an IANA name."""
    for begins, ends in _spans(hours, zone, now):
        if begins <= now < ends:
            return Opening(open_now=True, opens_at=None)
        if begins > now:
            return Opening(open_now=False, opens_at=wire(begins))
    return Opening(open_now=False, opens_at=None)


@rule(roles=STAFF)
def show_hours(_principal: Principal, tenant: Tenant, now: datetime) -> HoursView:
    """The tenant's opening hours."""
    return _view(_row(tenant.id), tenant, now)


@rule(roles={ADMIN})
def set_hours(_principal: Principal, tenant: Tenant, draft: HoursDraft, *, now: datetime) -> HoursView:
    """Replaces the opening hours. Raises Invalid, or Conflict `stale_version`."""
    hours = Hours(draft.weekly, tuple(sorted(draft.exceptions, key=lambda each: each.date)))
    _check(hours)
    before = _row(tenant.id)
    version = int(before.version) if before else 0
    if draft.version not in (None, version):
        raise _stale(version)
    row = OpeningHours(
        tenant.id,
        hours=msgspec.json.encode(hours, order="deterministic").decode(),
        version=version + 1,
        updated_at=wire(now),
    )
    if before is not None and row.hours == before.hours:
        return _view(before, tenant, now)
    if not row.save_if(OpeningHours.version == version if before else OpeningHours.tenant_id.does_not_exist()):
        raise _stale(version + 1)
    log.info("opening_hours_changed", extra={"version": version + 1})
    return _view(row, tenant, now)


def _row(tenant_id: str) -> OpeningHours | None:
    return OpeningHours.find(tenant_id, consistent_read=True)


def _hours(row: OpeningHours | None) -> Hours:
    return Hours(weekly=None) if row is None else msgspec.json.decode(row.hours, type=Hours)


def _view(row: OpeningHours | None, tenant: Tenant, now: datetime) -> HoursView:
    hours = _hours(row)
    is_open = opening(hours, tenant.time_zone, now)
    return HoursView(
        time_zone=tenant.time_zone,
        weekly=hours.weekly,
        exceptions=hours.exceptions,
        version=int(row.version) if row else 0,
        updated_at=row.updated_at if row else None,
        open_now=is_open.open_now,
        opens_at=is_open.opens_at,
    )


def _spans(hours: Hours, zone: str, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open spans in order, from yesterday on, whose last span may end today."""
    place = time_zone(zone)
    exceptions = {each.date: each.spans for each in hours.exceptions}
    today = now.astimezone(place).date()
    for n in range(-1, _LOOKED_AHEAD):
        day = today + timedelta(days=n)
        weekly = _WHOLE_DAY if hours.weekly is None else hours.weekly.get(WEEKDAYS[day.weekday()], ())
        for span in sorted(exceptions.get(day, weekly), key=lambda each: each.opens):
            begins, ends = _minutes(span)
            yield _instant(day, begins, place), _instant(day, ends, place)


def _minutes(span: Span) -> tuple[int, int]:
    """Start and end in minutes after midnight; the end may be on the next day."""
    begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in (span.opens, span.closes))
    return begins, ends if ends > begins else ends + _MINUTES_A_DAY


def _instant(day: dt.date, minutes: int, place: dt.tzinfo) -> datetime:
    days, rest = divmod(minutes, _MINUTES_A_DAY)
    # By the wall clock: on a day when the clocks change, 17:00 stays 17:00.
    local = datetime.combine(day + timedelta(days=days), dt.time(rest // 60, rest % 60), place)
    return local.astimezone(dt.UTC)


def _check(hours: Hours) -> None:
    errors = [
        (f"weekly.{day}", problem) for day, spans in (hours.weekly or {}).items() for problem in _problems(spans)
    ]
    for n, each in enumerate(hours.exceptions):
        errors += [(f"exceptions.{n}", problem) for problem in _problems(each.spans)]
        if n and hours.exceptions[n - 1].date == each.date:
            errors.append((f"exceptions.{n}.date", "twice"))
    if errors:
        raise Invalid(*errors)


def _problems(spans: Spans) -> Iterator[str]:
    if any(span.opens == span.closes for span in spans):
        yield "a span of no length; a whole day is 00:00 to 24:00"
    ordered = sorted(_minutes(span) for span in spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        yield "spans overlap"


def _stale(current: int) -> Conflict:
    return Conflict(
        "The hours were changed meanwhile. Read them again.", code=ErrorCode.STALE_VERSION, current_version=current
    )
