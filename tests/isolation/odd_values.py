"""Extreme values for every field of a shape: msgspec accepts them, but no client sends them on purpose."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import inspect

_INSTANTS: Final = (
    "0001-01-01T00:00:00+08:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-08:00",
    "9999-12-31T23:59:59.999999Z",
    "1969-12-31T23:59:59Z",
    "2026-11-22T08:00:00",
)
_DAYS: Final = ("0001-01-01", "9999-12-31", "1969-12-31", "2024-02-29")
_AMOUNTS: Final = (
    "sNaN",
    "-sNaN123",
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "1e400",
    "1E-400",
    "0e999999",
    "9e999999",
)
_TEXTS: Final = (
    "\x00",
    "\x1b[31m",
    "\x85",
    "\u202eabc",
    "\u2066abc\u2069",
    "\ud800",
    "",
    " ",
    "\n\t",
    "NaN",
    "-0",
    "0001-01-01",
    "９９９９",
    "💥" * 20,
    "{}",
    "%00/../",
    "a" * 2_001,
)
_WHOLE: Final = (0, -1, 2**31, 2**63, 2**64, -(10**30), 10**400)
_FLOATS: Final = (-0.0, 5e-324, 1e308, -1e308, 10**400)

_ODD: Final[Mapping[type[inspect.Type], tuple[Any, ...]]] = {
    inspect.DateTimeType: _INSTANTS,
    inspect.DateType: _DAYS,
    inspect.DecimalType: _AMOUNTS,
    inspect.StrType: _TEXTS,
    inspect.IntType: _WHOLE,
    inspect.FloatType: _FLOATS,
    inspect.BoolType: (False, True),
    inspect.NoneType: (None,),
}
_PLAIN: Final[Mapping[type[inspect.Type], Any]] = {
    inspect.DateTimeType: "2026-11-22T08:00:00Z",
    inspect.DateType: "2026-11-22",
    inspect.DecimalType: "1",
    inspect.StrType: "x",
    inspect.IntType: 1,
    inspect.FloatType: 1.0,
    inspect.BoolType: False,
    inspect.NoneType: None,
    inspect.AnyType: {},
}


def odd(shape: Any, good: Any = None) -> Iterator[Any]:
    """JSON values of the shape, each with one odd value. good: a valid value, if one is known."""
    yield from _odd(inspect.type_info(shape), good)


def _odd(kind: inspect.Type, good: Any) -> Iterator[Any]:
    if isinstance(kind, inspect.StructType):
        fields = {field.encode_name: field for field in kind.fields}
        base = dict(good) if isinstance(good, dict) else _plain(kind)
        for name, field in fields.items():
            for value in _odd(field.type, base.get(name)):
                yield {**base, name: value}
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _odd(each, good)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
        first = good[0] if isinstance(good, list | tuple) and good else None
        for value in _odd(kind.item_type, first):
            yield [value]
    elif isinstance(kind, inspect.DictType):
        for value in _odd(kind.value_type, None):
            yield {_plain(kind.key_type): value}
        for key in _odd(kind.key_type, None):
            yield {key: _plain(kind.value_type)}
    else:
        yield from _ODD.get(type(kind), ())


def _plain(kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.Metadata):
        return _plain(kind.type)
    if isinstance(kind, inspect.StructType):
        return {field.encode_name: _plain(field.type) for field in kind.fields if field.required}
    if isinstance(kind, inspect.UnionType):
        return _plain(kind.types[0])
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [_plain(kind.item_type)]
    if isinstance(kind, inspect.DictType):
        return {}
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    return _PLAIN[type(kind)]


def as_text(value: Any) -> str | None:
    """A value as text in a query; None if no query can express it."""
    if isinstance(value, str | int | float | dt.date | Decimal):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return None if "\ud800" in text else text
    return None
