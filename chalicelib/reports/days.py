"""The days of a report: local days of the tenant, limited in number."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct, field

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import calendar_day

Format = Literal["json", "csv"]

# A quarter. A busy tenant has a hundred thousand orders a year, too many for one answer.
MOST_DAYS: Final = 92


class DayQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One day; today by default."""

    date: dt.date | None = None
    format: Format = "json"


class RangeQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """From a day to a day, both included, at most 92."""

    first: dt.date = field(name="from")
    last: dt.date = field(name="to")
    format: Format = "json"


class Range(Struct, frozen=True):
    """Consecutive days."""

    first: dt.date
    last: dt.date

    def __iter__(self) -> Iterator[str]:
        for n in range((self.last - self.first).days + 1):
            yield (self.first + dt.timedelta(days=n)).isoformat()


def checked_range(query: RangeQuery) -> Range:
    """The range of a query. Raises Invalid for days in the wrong order, too many, or of another century."""
    calendar_day("from", query.first)
    calendar_day("to", query.last)
    if query.last < query.first:
        raise Invalid(("to", "lies before from"))
    if (query.last - query.first).days >= MOST_DAYS:
        raise Invalid(("to", f"a report covers {MOST_DAYS} days at most"))
    return Range(query.first, query.last)
