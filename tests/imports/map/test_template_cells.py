"""Reading the frequency of a recurring order, in the words of shops and the replaced system."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.imports.map.columns import KIND_COLUMNS
from chalicelib.imports.map.template_cells import template_text
from chalicelib.recurring.rules import Consumption, Rule, checked_rule

LINE = {"item": "20公斤瓦斯桶", "quantity": "1"}
# A Wednesday.
START = {"start_date": "2026-11-25"}


def rule(**values: str) -> Rule:
    return template_text(LINE | values).rule


def wrong(**values: str) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        template_text({**LINE, **values})
    return {each["field"] for each in refusal.value.extra["errors"]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"frequency": "daily"}, Rule(every_days=1)),
        ({"frequency": "每天"}, Rule(every_days=1)),
        ({"frequency": "Every 10 days"}, Rule(every_days=10)),
        ({"frequency": "每１０天"}, Rule(every_days=10)),
        ({"frequency": "every_n_days", "interval": "12"}, Rule(every_days=12)),
        ({"every_days": "30"}, Rule(every_days=30)),
        ({"frequency": "days", "every_days": "30.0"}, Rule(every_days=30)),
        ({"frequency": "weekly", **START}, Rule(every_weeks=1, weekdays=["wed"])),
        ({"frequency": "隔週", **START}, Rule(every_weeks=2, weekdays=["wed"])),
        ({"frequency": "weekly", "interval": "3", **START}, Rule(every_weeks=3, weekdays=["wed"])),
        ({"frequency": "每2週", "weekdays": "一、四"}, Rule(every_weeks=2, weekdays=["mon", "thu"])),
        ({"every_weeks": "2", "weekdays": "{1,4}"}, Rule(every_weeks=2, weekdays=["mon", "thu"])),
        ({"weekdays": "Thursday, Monday"}, Rule(every_weeks=1, weekdays=["mon", "thu"])),
        ({"weekdays": '["sat","sun"]'}, Rule(every_weeks=1, weekdays=["sat", "sun"])),
        ({"weekdays": "星期日"}, Rule(every_weeks=1, weekdays=["sun"])),
        ({"weekdays": "0"}, Rule(every_weeks=1, weekdays=["sun"])),
        ({"weekdays": "7"}, Rule(every_weeks=1, weekdays=["sun"])),
        ({"weekdays": "週一三五"}, Rule(every_weeks=1, weekdays=["mon", "wed", "fri"])),
        (
            {"frequency": "daily", "weekdays": "12345"},
            Rule(every_weeks=1, weekdays=["mon", "tue", "wed", "thu", "fri"]),
        ),
        ({"every_days": "14", "weekdays": "fri"}, Rule(every_weeks=2, weekdays=["fri"])),
        ({"frequency": "consumption"}, Rule(by_consumption=Consumption())),
        ({"frequency": "依用量", "every_days": "45"}, Rule(by_consumption=Consumption(initial_days=45))),
        ({"frequency": "usage", "interval": "3"}, Rule(by_consumption=Consumption(min_days=3, initial_days=3))),
    ],
)
def test_how_often(values: dict[str, str], expected: Rule) -> None:
    assert rule(**values) == expected
    checked_rule(expected)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"frequency"}),
        ({"frequency": "monthly"}, {"frequency"}),
        ({"frequency": "every 400 days"}, {"frequency"}),
        ({"frequency": "days"}, {"every_days"}),
        ({"frequency": "weekly"}, {"weekdays"}),
        ({"interval": "3"}, {"frequency"}),
        ({"every_days": "0"}, {"every_days"}),
        ({"every_days": "10", "weekdays": "mon"}, {"weekdays"}),
        ({"every_days": "10", "every_weeks": "2"}, {"every_weeks"}),
        ({"frequency": "weekly", "every_days": "7"}, {"every_days"}),
        ({"frequency": "daily", "weekdays": "someday"}, {"weekdays"}),
        ({"frequency": "daily", "weekdays": ","}, {"weekdays"}),
        ({"frequency": "daily", "status": "maybe", "end_date": "2026-13-01"}, {"status", "end_date"}),
        ({"frequency": "daily", "lead_days": "15", "payment_method": "gold"}, {"lead_days", "payment_method"}),
        ({"frequency": "daily", "quantity": "0"}, {"quantity"}),
        ({"frequency": "daily", "notes": "x" * 3_000}, {"notes"}),
    ],
)
def test_invalid_values_are_refused_with_their_fields(values: dict[str, str], fields: set[str]) -> None:
    assert wrong(**values) == fields


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "active"),
        ({"active": "t"}, "active"),
        ({"active": "f"}, "paused"),
        ({"status": "暫停"}, "paused"),
        ({"status": "On-Hold", "active": "t"}, "paused"),
        ({"status": "已結束", "active": "f"}, "ended"),
    ],
)
def test_whether_it_goes_on(values: dict[str, str], status: str) -> None:
    assert template_text({**LINE, "frequency": "daily", **values}).status == status


def test_the_later_dates_are_counted_from_the_next_one() -> None:
    text = template_text({**LINE, "frequency": "weekly", **START, "next_date": "115/12/04"})
    assert text.first is not None
    assert (text.first.isoformat(), text.rule.weekdays) == ("2026-12-04", ["fri"])


cells: Any = st.one_of(
    st.text(max_size=12), st.from_regex(r"[0-9一三五每週天daily ,{}\"\[\]-]{0,10}", fullmatch=True)
)


@given(st.dictionaries(st.sampled_from(sorted(KIND_COLUMNS["templates"].fields)), cells))
def test_any_row_becomes_a_rule_or_an_error(values: dict[str, str]) -> None:
    try:
        text = template_text({name: cell for name, cell in values.items() if cell})
    except Invalid:
        return
    assert checked_rule(text.rule) == text.rule
