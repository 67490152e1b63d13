"""When a recurring order is due."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.recurring.rules import Consumption, Rule, average_days, checked_rule, due_dates, rhythm

MONDAY = dt.date(2026, 11, 23)


def days(*after: int) -> list[dt.date]:
    return [MONDAY + dt.timedelta(days=n) for n in after]


def dates(rule: Rule, count: int, *, start: dt.date = MONDAY, day: dt.date | None = None) -> list[dt.date]:
    each = rhythm(rule, start, None)
    found = [each.first(start, day or start)]
    while len(found) < count:
        found.append(each.following(found[-1]))
    return found


def test_every_ten_days_from_the_start() -> None:
    assert dates(Rule(every_days=10), 3) == days(0, 10, 20)


def test_the_first_date_from_a_later_day_on_is_still_one_of_the_rule() -> None:
    assert dates(Rule(every_days=10), 2, day=MONDAY + dt.timedelta(days=11)) == days(20, 30)
    assert dates(Rule(every_days=10), 1, day=MONDAY + dt.timedelta(days=20)) == days(20)


def test_weekdays_of_each_second_week_are_counted_from_the_week_of_the_start() -> None:
    rule = Rule(every_weeks=2, weekdays=["mon", "thu"])
    assert dates(rule, 5) == days(0, 3, 14, 17, 28)
    assert dates(rule, 3, start=MONDAY + dt.timedelta(days=2)) == days(3, 14, 17)
    assert dates(rule, 2, start=MONDAY + dt.timedelta(days=4)) == days(14, 17)


def test_a_leap_day_and_the_turn_of_a_year_are_days_like_others() -> None:
    leap = [dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1)]
    assert dates(Rule(every_days=1), 3, start=leap[0]) == leap
    assert dates(Rule(every_weeks=2, weekdays=["fri"]), 2, start=dt.date(2026, 12, 25))[1] == dt.date(2027, 1, 8)


@given(
    rule=st.one_of(
        st.builds(Rule, every_days=st.integers(1, 366)),
        st.builds(
            Rule,
            every_weeks=st.integers(1, 52),
            weekdays=st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, max_size=3),
        ),
    ),
    start=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    later=st.integers(0, 1_000),
)
def test_the_first_date_from_any_day_is_one_of_those_from_the_start(
    rule: Rule, start: dt.date, later: int
) -> None:
    day = start + dt.timedelta(days=later)
    [due] = dates(rule, 1, start=start)
    while due < day:
        due = rhythm(rule, start, None).following(due)
    assert dates(rule, 1, start=start, day=day) == [due]


def planned(due: int, today: int, end: int | None = None, every: int = 7) -> tuple[list[dt.date], list[dt.date]]:
    last = None if end is None else days(end)[0]
    each = rhythm(Rule(every_days=every), MONDAY, None)
    found = due_dates(days(due)[0], each.following, today=days(today)[0], end=last)
    return [found.due, *([found.next] if found.next else [])], found.skipped


def test_a_template_on_time_skips_no_date() -> None:
    assert planned(0, 0) == (days(0, 7), [])
    assert planned(7, 0) == (days(7, 14), [])


def test_of_several_missed_dates_the_latest_gets_the_order() -> None:
    assert planned(0, 30) == (days(28, 35), days(0, 7, 14, 21))


def test_where_today_is_due_itself_the_missed_ones_get_none() -> None:
    assert planned(0, 28) == (days(28, 35), days(0, 7, 14, 21))


def test_the_end_is_the_last_day() -> None:
    assert planned(0, 0, end=7) == (days(0, 7), [])
    assert planned(0, 0, end=6) == (days(0), [])
    assert planned(0, 30, end=14) == (days(14), days(0, 7))


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ([], 30),
        ([0], 30),
        ([0, 0], 30),
        ([0, 20], 20),
        ([0, 20, 41], 21),
        ([0, 10, 10, 41], 21),
        ([0, 1], 7),
        ([0, 300], 120),
    ],
)
def test_consumption_is_the_average_of_days_between_deliveries(delivered: list[int], expected: int) -> None:
    assert average_days(days(*delivered), Consumption()) == expected


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"every_days": 3, "every_weeks": 1, "weekdays": ["mon"]},
        {"every_weeks": 1},
        {"weekdays": ["mon"]},
        {"every_days": 1, "weekdays": ["mon"]},
        {"by_consumption": Consumption(min_days=9, max_days=8, initial_days=9)},
    ],
)
def test_a_rule_is_one_kind_and_whole(values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        checked_rule(Rule(**values))
