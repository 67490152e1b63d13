"""When a recurring order is due, as local dates of the tenant.

every_days, by_consumption   from the first date on, so many days after the previous one
every_weeks + weekdays       these weekdays of every n-th week, counted from the week of the start date
"""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from chalicelib.core.errors import Invalid

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[int, Meta(ge=1, le=366)]

WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = dt.timedelta(days=1)


class Consumption(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The interval follows the customer's consumption, within min_days and max_days; at first initial_days."""

    min_days: Days = 7
    max_days: Days = 120
    initial_days: Days = 30


class Rule(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True, omit_defaults=True):
    """Exactly one of three: every_days, every_weeks with weekdays, or by_consumption."""

    every_days: Days | None = None
    every_weeks: Annotated[int, Meta(ge=1, le=52)] | None = None
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)] | None = None
    by_consumption: Consumption | None = None


class Rhythm(Struct, frozen=True):
    """A rule with all inputs for computing dates. step: days from one to the next, None for weeks."""

    start: dt.date
    step: int | None = None
    every_weeks: int = 1
    weekdays: frozenset[int] = frozenset()

    def first(self, anchor: dt.date, day: dt.date) -> dt.date:
        """The first due date from `day` on. anchor: a due date, or where the rule starts."""
        day = max(anchor, day)
        if self.step is not None:
            return anchor + -((anchor - day).days // self.step) * self.step * _DAY
        while day.weekday() not in self.weekdays or self._week(day) % self.every_weeks:
            day += _DAY
        return day

    def following(self, due: dt.date) -> dt.date:
        """The due date after the due date `due`."""
        return self.first(due, due + _DAY)

    def _week(self, day: dt.date) -> int:
        """How many weeks `day` is after the week of the start."""
        return ((day - day.weekday() * _DAY) - (self.start - self.start.weekday() * _DAY)).days // 7


class DueDates(Struct, frozen=True):
    """The dates of a due template: an order for `due`, none for the `skipped` ones before it.

    next: the following due date; None if it would be after the end.
    """

    due: dt.date
    skipped: list[dt.date]
    next: dt.date | None


def checked_rule(rule: Rule) -> Rule:
    """The rule. Raises Invalid unless exactly one kind is given, completely."""
    kinds = [rule.every_days, rule.every_weeks, rule.by_consumption]
    if sum(kind is not None for kind in kinds) != 1:
        raise Invalid(("rule", "exactly one of every_days, every_weeks and by_consumption"))
    if (rule.every_weeks is None) != (rule.weekdays is None):
        raise Invalid(("rule.weekdays", "goes with every_weeks, and every_weeks with it"))
    bounds = rule.by_consumption
    if bounds is not None and not bounds.min_days <= bounds.initial_days <= bounds.max_days:
        raise Invalid(("rule.by_consumption", "needs min_days ≤ initial_days ≤ max_days"))
    return rule


def rhythm(rule: Rule, start: dt.date, interval_days: int | None) -> Rhythm:
    """The rhythm of a rule. interval_days: the computed interval of a rule by consumption."""
    if rule.every_weeks is not None:
        weekdays = frozenset(WEEKDAYS.index(day) for day in rule.weekdays or ())
        return Rhythm(start, every_weeks=rule.every_weeks, weekdays=weekdays)
    return Rhythm(start, step=rule.every_days or interval_days)


def due_dates(
    due: dt.date, following: Callable[[dt.date], dt.date], *, today: dt.date, end: dt.date | None
) -> DueDates:
    """The next order of a template whose next date is `due`.

    Of several dates up to today only the latest gets an order: after a month without service a tenant must not
    deliver five cylinders at once. Dates after today get an order each.
    """
    skipped = []
    later = following(due)
    while later <= today and (end is None or later <= end):
        skipped.append(due)
        due, later = later, following(later)
    return DueDates(due, skipped, None if end is not None and later > end else later)


def average_days(delivered: list[dt.date], bounds: Consumption) -> int:
    """The average days between deliveries, rounded, within the bounds.

    Two deliveries on one day count as one. With fewer than two days it is `initial_days`.
    """
    days = sorted(set(delivered))
    if len(days) < 2:  # noqa: PLR2004
        return bounds.initial_days
    gaps = len(days) - 1
    return min(bounds.max_days, max(bounds.min_days, ((days[-1] - days[0]).days * 2 + gaps) // (2 * gaps)))
