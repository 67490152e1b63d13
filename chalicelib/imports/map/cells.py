"""Converts cells to values: days, amounts, numbers, yes and no. Each function raises Invalid for its field."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from chalicelib.core.clock import time_zone
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import converted, money

T = TypeVar("T")

_YES: Final = frozenset({"true", "t", "yes", "y", "1", "是", "啟用", "使用中", "v"})
_NO: Final = frozenset({"false", "f", "no", "n", "0", "否", "停用", "停用中", "x"})
_DAY: Final = r"(\d{3,4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
# Marks of the half of the day as Excel shows them, in Taiwan and elsewhere.
_HALF_OF_DAY: Final = "(?i)上午|下午|am|pm"
_BEFORE_ZONE: Final = r"\s+(?=[+\-Z])"
_NOON: Final = 12
_TOMORROW: Final = dt.timedelta(days=1, hours=12)
_OF_MONEY: Final = r"^(?:NT\$|NTD|TWD|\$)|元$|,"
# Years of the Republic of China, which people and cash registers still use: 113 is 2024.
_REPUBLIC: Final = 1911
_FULL_YEAR: Final = 1000
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100


def drafted(values: Mapping[str, Any], shape: type[T]) -> T:
    """The values as `shape`. Raises Invalid with all invalid fields, not only the first."""
    left = dict(values)
    errors: list[tuple[str, str]] = []
    while True:
        try:
            draft = converted(left, shape, strict=False)
        except Invalid as invalid:
            (error,) = invalid.extra["errors"]
            field = error["field"].partition(".")[0]
            if not any(field == each for each, _ in errors):
                errors.append((field, error["message"]))
            if field not in left:
                raise Invalid(*errors) from invalid
            del left[field]
        else:
            if errors:
                raise Invalid(*errors)
            return draft


class Reader:
    """Reads the cells of a row one by one and collects their errors, so that the report shows all of them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self._errors: list[tuple[str, str]] = []

    def cell(self, field: str, read: Callable[..., T], *arguments: Any) -> T | None:
        """The result of `read(field, text, *arguments)` for a cell; None for an empty or invalid one."""
        if field not in self.values:
            return None
        return self.part(read, field, self.values[field], *arguments)

    def part(self, read: Callable[..., T], *arguments: Any) -> T | None:
        """The result of `read`, which reads several cells; None if it raises Invalid."""
        try:
            return read(*arguments)
        except Invalid as invalid:
            self._errors += ((each["field"], each["message"]) for each in invalid.extra["errors"])
            return None

    def named(self, shape: type[T]) -> T | None:
        """The cells that the shape has fields for, as `shape`."""
        fields: tuple[str, ...] = shape.__struct_fields__  # type: ignore[attr-defined]
        return self.part(drafted, {name: self.values[name] for name in fields if name in self.values}, shape)

    def check(self) -> None:
        """Raises Invalid with all errors."""
        if self._errors:
            raise Invalid(*self._errors)


def yes_or_no(field: str, text: str) -> bool:
    """True or False."""
    word = _plain(text).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Invalid((field, "neither yes nor no"))


def plain_word(text: str) -> str:
    """A word in lower case and normal width, with a space for each `_`, `-` and run of blanks."""
    return " ".join(_plain(text).casefold().replace("_", " ").replace("-", " ").split())


def word(field: str, text: str, words: Mapping[str, T]) -> T:
    """The value of a word. words: by their `plain_word`."""
    found = words.get(plain_word(text))
    if found is None:
        raise Invalid((field, f"one of {', '.join(sorted({str(each) for each in words.values()}))}"))
    return found


def amount(field: str, text: str) -> Decimal:
    """A price: `1,250`, `NT$720`, `620.5 元`. Exact."""
    try:
        sum_ = Decimal(re.sub(_OF_MONEY, "", _plain(text).replace(" ", "")))
    except InvalidOperation as error:
        raise Invalid((field, "not an amount")) from error
    return money(field, sum_)


def whole(field: str, text: str) -> int:
    """A whole number of at most nine digits."""
    plain = _plain(text)
    if not re.fullmatch(r"-?\d{1,9}(\.0+)?", plain):
        raise Invalid((field, "not a whole number"))
    return int(plain.partition(".")[0])


def day(field: str, text: str) -> dt.date:
    """`2024-05-01`, `2024/5/1`, `113/05/01`; for a time, its day."""
    found = re.match(_DAY, _plain(text))
    if not found or found.string[found.end() : found.end() + 1] not in ("", " ", "T"):
        raise Invalid((field, "not a day; write 2024-05-01"))
    year, month, number = (int(part) for part in found.groups())
    year = year if year >= _FULL_YEAR else year + _REPUBLIC
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Invalid((field, f"not between {_FIRST_YEAR} and {_LAST_YEAR}"))
    try:
        return dt.date(year, month, number)
    except ValueError as error:
        raise Invalid((field, "no day of the calendar")) from error


def moment(field: str, text: str, zone: str) -> dt.datetime:
    """An instant; a day becomes its noon, and a time without a zone is in `zone`, an IANA name."""
    plain = _plain(text)
    found = re.match(_DAY, plain)
    if not found:
        raise Invalid((field, "not a day or a time; write 2024-05-01 or 2024-05-01 14:30"))
    date, clock = day(field, plain), plain[found.end() :].strip().lstrip("T")
    try:
        # Noon, because a shift by some hours stays on the same day.
        time = _of_day(date, clock) if clock else dt.datetime.combine(date, dt.time(12))
    except ValueError as error:
        raise Invalid((field, "not a time; write 2024-05-01 14:30")) from error
    return time if time.tzinfo else time.replace(tzinfo=time_zone(zone))


def past(field: str, text: str, zone: str, now: dt.datetime) -> dt.datetime:
    """As `moment`, at most until tomorrow: a later instant would be the first of every list for ever."""
    found = moment(field, text, zone)
    if found > now + _TOMORROW:
        raise Invalid((field, "lies in the future"))
    return found


def _of_day(date: dt.date, clock: str) -> dt.datetime:
    """`14:30`, `9:05`, `下午 02:30`, `2:30 PM`; with seconds, fractions, and a zone, also after a blank."""
    half = [each.lower() for each in re.findall(_HALF_OF_DAY, clock)]
    plain = re.sub(_BEFORE_ZONE, "", re.sub(_HALF_OF_DAY, "", clock).strip().replace("UTC", "Z"))
    if plain[1:2] == ":":
        plain = f"0{plain}"
    time = dt.datetime.fromisoformat(f"{date.isoformat()}T{plain}")
    if not half:
        return time
    if len(half) > 1 or not 1 <= time.hour <= _NOON:
        raise ValueError("no hour of half a day")
    return time.replace(hour=time.hour % _NOON + (_NOON if half[0] in ("下午", "pm") else 0))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
