"""Reads the row of a recurring order, in the words of shops and the replaced system."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import LongText
from chalicelib.imports.map.cells import Reader, day, plain_word, whole, word, yes_or_no
from chalicelib.imports.map.order_cells import METHODS, LineDraft, lines_of
from chalicelib.models.order import PaymentMethod
from chalicelib.recurring.rules import WEEKDAYS, Consumption, Rule, Weekday

Unit = Literal["days", "weeks", "consumption"]
Status = Literal["active", "paused", "ended"]

# The unit and number of a frequency; None if another column has the number.
_FREQUENCIES: Final[Mapping[str, tuple[Unit, int | None]]] = {
    **dict.fromkeys(("daily", "每天", "每日"), ("days", 1)),
    **dict.fromkeys(("weekly", "每週", "每周", "每星期"), ("weeks", 1)),
    **dict.fromkeys(("biweekly", "fortnightly", "every two weeks", "隔週", "隔周", "雙週"), ("weeks", 2)),
    **dict.fromkeys(("days", "every n days", "interval", "固定天數"), ("days", None)),
    **dict.fromkeys(("weeks", "every n weeks", "weekdays", "固定星期"), ("weeks", None)),
    **dict.fromkeys(("consumption", "by consumption", "usage", "用量", "依用量"), ("consumption", None)),
}
_COUNTED: Final = r"(?:every|每)? ?(\d{1,3}) ?(?:(days?|天|日)|(weeks?|週|周|星期))"
_MOST: Final[Mapping[Unit, int]] = {"days": 366, "weeks": 52, "consumption": 366}

# PostgreSQL counts from Sunday, 0; ISO from Monday, 1, to Sunday, 7. They agree on the days between.
_DAYS_BY_SIGN: Final = dict(zip("一二三四五六日1234567", WEEKDAYS * 2, strict=True)) | {"天": "sun", "0": "sun"}
_BEFORE_A_DAY: Final = r"星期|禮拜|[週周每]"
_BETWEEN_DAYS: Final = r"[\s,;、/{}\[\]\"']+"

_STATUSES: Final[Mapping[str, Status]] = {
    **dict.fromkeys(("active", "running", "啟用", "進行中"), "active"),
    **dict.fromkeys(("paused", "inactive", "suspended", "on hold", "暫停", "停用"), "paused"),
    **dict.fromkeys(("ended", "expired", "completed", "cancelled", "canceled"), "ended"),
    **dict.fromkeys(("已結束", "結束", "已取消", "取消"), "ended"),
}
_MOST_LINES: Final = 20
_MOST_LEAD_DAYS: Final = 14


class TemplateText(Struct, frozen=True, kw_only=True):
    """The content of a row. first: the date from which the rule counts; None for today."""

    lines: list[LineDraft]
    rule: Rule
    status: Status
    first: dt.date | None
    end_date: dt.date | None
    lead_days: int
    payment_method: PaymentMethod | None
    notes: str


class _Plain(Struct, frozen=True):
    notes: LongText = ""


def template_text(values: Mapping[str, str]) -> TemplateText:
    """The content of a row. Raises Invalid with all errors of the row."""
    reader = Reader(values)
    start, following = reader.cell("start_date", day), reader.cell("next_date", day)
    first = following or start
    end, active = reader.cell("end_date", day), reader.cell("active", yes_or_no)
    status: Status = reader.cell("status", word, _STATUSES) or "active"
    lead_days = reader.cell("lead_days", _between, 0, _MOST_LEAD_DAYS)
    method = reader.cell("payment_method", word, METHODS)
    plain, lines, rule = (
        reader.named(_Plain),
        reader.part(_checked_lines, values),
        reader.part(_rule, values, first),
    )
    reader.check()
    assert plain is not None and lines is not None and rule is not None, "nothing was wrong"  # noqa: S101, PT018
    return TemplateText(
        lines=lines,
        rule=rule,
        status="paused" if active is False and status == "active" else status,
        first=first,
        end_date=end,
        lead_days=lead_days or 0,
        payment_method=method,
        notes=plain.notes,
    )


def _checked_lines(values: Mapping[str, str]) -> list[LineDraft]:
    lines = lines_of(values)
    if len(lines) > _MOST_LINES:
        raise Invalid(("items", f"1 to {_MOST_LINES} lines"))
    return lines


def _rule(values: Mapping[str, str], first: dt.date | None) -> Rule:
    unit, number = _interval(values)
    if unit == "consumption":
        usual = Consumption()
        days = number or usual.initial_days
        bounds = Consumption(
            min_days=min(days, usual.min_days), max_days=max(days, usual.max_days), initial_days=days
        )
        return Rule(by_consumption=bounds)
    if "weekdays" not in values:
        if unit is None:
            raise Invalid(("frequency", "missing"))
        if unit == "days":
            if number is None:
                raise Invalid(("every_days", "missing"))
            return Rule(every_days=number)
        if first is None:
            raise Invalid(("weekdays", "missing, and no date says on which day"))
        return Rule(every_weeks=number or 1, weekdays=[WEEKDAYS[first.weekday()]])
    weekdays = _weekdays(values["weekdays"])
    if unit == "days" and number not in (None, 1):
        weeks, left_over = divmod(number, 7)
        if left_over:
            raise Invalid(("weekdays", f"goes with weeks, not with {number} days"))
        return Rule(every_weeks=weeks, weekdays=weekdays)
    return Rule(every_weeks=number or 1, weekdays=weekdays)


def _interval(values: Mapping[str, str]) -> tuple[Unit | None, int | None]:
    """The unit and the number; None if no column has it."""
    unit, number = _frequency(values)
    units: dict[str, Unit | None] = {"every_days": "days", "every_weeks": "weeks", "interval": unit}
    for field, counts in units.items():
        if field not in values:
            continue
        if counts is None:
            raise Invalid(("frequency", "missing: days or weeks"))
        if unit not in (None, counts) and (unit, counts) != ("consumption", "days"):
            raise Invalid((field, f"does not go with {unit}"))
        unit = unit or counts
        number = _between(field, values[field], 1, _MOST[unit])
    return unit, number


def _frequency(values: Mapping[str, str]) -> tuple[Unit | None, int | None]:
    text = plain_word(values.get("frequency", ""))
    if not text:
        return None, None
    if text in _FREQUENCIES:
        return _FREQUENCIES[text]
    if counted := re.fullmatch(_COUNTED, text):
        number, _, weeks = counted.groups()
        unit: Unit = "weeks" if weeks else "days"
        return unit, _between("frequency", number, 1, _MOST[unit])
    raise Invalid(("frequency", "daily, weekly, biweekly, 10 days, 2 weeks or consumption; a month is 30 days"))


def _weekdays(text: str) -> list[Weekday]:
    named: set[str] = set()
    for token in re.split(_BETWEEN_DAYS, plain_word(text)):
        if token[:3] in WEEKDAYS:
            named.add(token[:3])
            continue
        signs = re.sub(_BEFORE_A_DAY, "", token)
        if not all(sign in _DAYS_BY_SIGN for sign in signs):
            raise Invalid(("weekdays", "days of the week: mon,thu or 一,四 or 1,4"))
        named.update(_DAYS_BY_SIGN[sign] for sign in signs)
    if not named:
        raise Invalid(("weekdays", "missing"))
    return [each for each in WEEKDAYS if each in named]


def _between(field: str, text: str, least: int, most: int) -> int:
    number = whole(field, text)
    if not least <= number <= most:
        raise Invalid((field, f"{least} to {most}"))
    return number
