"""Types of fields that clients send: texts with a maximum length and without invisible characters.

`money`, `instant` and `calendar_day` check rules that a type cannot express.
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

# Line feed and tab are text. Every other control character is a mistake or an attack on a log or a terminal. So is
# every character that changes the direction of writing, because the text then looks different from its content,
# also in an SMS or a spreadsheet. Arabic and Hebrew need none of them.
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
# `instant` checks such a value further.
Instant = Annotated[datetime, Meta(tz=True)]


def one_of(words: Iterable[str]) -> Meta:
    """Lists in the OpenAPI document the words that a `str` may have."""
    return Meta(extra_json_schema={"enum": list(words)})


# Texts in answers, with their format for the OpenAPI document.
WireTime = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
WireDay = Annotated[str, Meta(extra_json_schema={"format": "date"})]

T = TypeVar("T")

# `re` compiles and caches it at the first refusal; few functions need it.
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
    """Selects a page of a list. cursor: the `next_cursor` of the previous page."""

    limit: PageSize = 50
    cursor: Cursor | None = None


def requested_fields(changes: Struct, *, without: Collection[str] = ("version",)) -> dict[str, Any]:
    """The values of the fields that a request sets: those that are not UNSET."""
    values = structs.asdict(changes)
    return {name: value for name, value in values.items() if value is not UNSET and name not in without}


def money(field: str, amount: Decimal) -> Decimal:
    """The amount, if it is a valid price: not negative, at most two decimal places. Raises Invalid."""
    if not amount.is_finite() or not 0 <= amount <= _HIGHEST_PRICE:
        raise Invalid((field, f"must be between 0 and {_HIGHEST_PRICE}"))
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMAL_PLACES:
        raise Invalid((field, f"may have {_DECIMAL_PLACES} decimal places at most"))
    # Normalised: -0 becomes 0, and 600.00 becomes 600.
    return abs(amount).normalize()


def money_text(amount: Decimal) -> str:
    """An exact decimal as text, `"650"` or `"12.5"`: a JSON number would be read as a float."""
    return format(amount.normalize(), "f")


def calendar_day(field: str, day: date) -> date:
    """The day, if it is in a plausible range, which excludes the ends of Python's calendar. Raises Invalid."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid((field, f"must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}"))
    return day


def instant(field: str, moment: datetime) -> datetime:
    """The instant, if it is in the range of `calendar_day`. Raises Invalid."""
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
    """msgspec's error as Invalid, with the field's dotted path."""
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
