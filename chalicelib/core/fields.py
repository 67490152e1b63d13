"""Types of fields that clients send: how long a text may be, and that nothing invisible hides in it.

What a type alone cannot say, a function checks wherever such a value is taken: `money`, `instant`, `calendar_day`.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, structs

from chalicelib.core.errors import Invalid
from chalicelib.core.phones import normalise

# Line feed and tab are text; every other control character is a mistake or an attack on a log or a terminal. So
# is what turns the writing round: a text with it shows other words than it holds, in an SMS or a sheet, too.
# Arabic and Hebrew need none of it.
CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_CLEAN = rf"^[^{CONTROLS}]*\Z"
_ID = r"^[0-9A-Za-z_-]+\Z"

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=_ID)]
ShortText = Annotated[str, Meta(min_length=1, max_length=100, pattern=_CLEAN)]
LineText = Annotated[str, Meta(min_length=1, max_length=300, pattern=_CLEAN)]
Note = Annotated[str, Meta(max_length=300, pattern=_CLEAN)]
LongText = Annotated[str, Meta(max_length=2000, pattern=_CLEAN)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
PageSize = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(min_length=1, max_length=1000, pattern=_ID)]
Version = Annotated[int, Meta(ge=1)]
# Checked by `instant` wherever one is taken.
Instant = Annotated[datetime, Meta(tz=True)]


def one_of(words: Iterable[str]) -> Meta:
    """Says in the document which words there are, of a text that the code knows as a text only."""
    return Meta(extra_json_schema={"enum": list(words)})


# Texts that we answer, and what the document says of them.
WireTime = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
WireDay = Annotated[str, Meta(extra_json_schema={"format": "date"})]

T = TypeVar("T")

# Compiled and cached by `re` at the first refusal: few functions ever need them.
_MSGSPEC_PATH: Final = r" - at `(?:key in )?\$(.*)`$"
_UNKNOWN_FIELD: Final = r"Object contains unknown field `(.*)`"
_MISSING_FIELD: Final = r"Object missing required field `(.*)`"

_HIGHEST_PRICE: Final = Decimal(10_000_000)
_DECIMAL_PLACES: Final = 2

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


class Place(Struct, forbid_unknown_fields=True, frozen=True):
    """Degrees, WGS 84."""

    latitude: Latitude
    longitude: Longitude


class Part(Struct, forbid_unknown_fields=True, frozen=True):
    """Which part of a list. cursor: the `next_cursor` of the part before."""

    limit: PageSize = 50
    cursor: Cursor | None = None


def given(changes: Struct, *, without: Collection[str] = ("version",)) -> dict[str, Any]:
    """The values of the fields that a request sets: those that are not UNSET."""
    values = structs.asdict(changes)
    return {name: value for name, value in values.items() if value is not UNSET and name not in without}


def money(field: str, amount: Decimal) -> Decimal:
    """The amount, if it can be a price: not negative, two decimal places at most. Raises Invalid."""
    if not amount.is_finite() or not 0 <= amount <= _HIGHEST_PRICE:
        raise Invalid((field, f"must be between 0 and {_HIGHEST_PRICE}"))
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMAL_PLACES:
        raise Invalid((field, f"may have {_DECIMAL_PLACES} decimal places at most"))
    # In one form: -0 is 0, and 600.00 is 600.
    return abs(amount).normalize()


def money_text(amount: Decimal) -> str:
    """An exact decimal as text, `"650"` or `"12.5"`: a JSON number would be read as a float."""
    return format(amount.normalize(), "f")


def calendar_day(field: str, day: date) -> date:
    """The day, if it is of this time: the calendar's own ends have no instant before or after. Raises Invalid."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid((field, f"must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}"))
    return day


def instant(field: str, moment: datetime) -> datetime:
    """The instant, if it is of this time, as with days. Raises Invalid."""
    calendar_day(field, moment.date())
    return moment


def phone(field: str, text: str) -> str:
    """The number as E.164. Raises Invalid."""
    try:
        return normalise(text)
    except ValueError as error:
        raise Invalid((field, "not a valid phone number")) from error


def converted(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """A decoded value as `shape`. strict: False also reads numbers from texts. Raises Invalid."""
    try:
        return msgspec.convert(value, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise invalid(error) from error


def invalid(error: msgspec.ValidationError) -> Invalid:
    """msgspec's complaint as ours, with the field's path dotted."""
    text = str(error)
    path = ""
    if match := re.search(_MSGSPEC_PATH, text):
        text = text[: match.start()]
        path = match.group(1).replace("[...]", ".*").replace("[", ".").replace("]", "").lstrip(".")
    for complaint, message in ((_UNKNOWN_FIELD, "unknown field"), (_MISSING_FIELD, "missing")):
        if match := re.fullmatch(complaint, text):
            path = f"{path}.{match.group(1)}".lstrip(".")
            text = message
    if text == "Expected `datetime` with a timezone component":
        text = "needs a time zone: 2026-11-22T08:00:00Z"
    for pattern, message in ((_CLEAN, "no control characters"), (_ID, "letters, digits, - and _ only")):
        text = text.replace(f"Expected `str` matching regex {pattern!r}", message)
    return Invalid((path, text))
