"""A file's rows by their fields, with repeated rows marked."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from chalicelib.core.phones import normalised
from chalicelib.core.search import folded
from chalicelib.imports.map.columns import KIND_COLUMNS, Columns, ImportKind
from chalicelib.imports.read.file_table import UNREAD, FileLine

_LONGEST_ID: Final = 100

_UNREAD: Final = "has a character that cannot be read (造字?); type another, or save the file as UTF-8"


class Row(Struct, frozen=True):
    """A row of the file. values: its texts by field, without the empty ones.

    key: its external key, `kind#source#id`. digest: of the values. faults: (field, message) of errors found
    without reading any record. namesake: whether an earlier row with another key has the same name and number.
    """

    number: int
    values: dict[str, str]
    key: str
    digest: str
    faults: list[tuple[str, str]] = []
    namesake: bool = False


def rows_of(kind: ImportKind, source: str, columns: Columns, lines: Iterable[FileLine]) -> list[Row]:
    """All rows of a file. A row that repeats an earlier one has a fault."""
    first: dict[str, int] = {}
    rows = []
    for line in lines:
        values = {field: text for field, place in columns.places.items() if (text := _cell(line, place))}
        unread = [field for field, text in values.items() if UNREAD.search(text)]
        values |= {field: UNREAD.sub("\ufffd", values[field]) for field in unread}
        faults = [(field, _UNREAD) for field in unread] + _faults(kind, line, columns, values)
        key = external_key(kind, source, values)
        repeats = [
            (field, f"the same as in row {before}")
            for field, identity in _identities(kind, key, values)
            if (before := first.setdefault(identity, line.number)) != line.number
        ]
        faults += repeats[:1]
        # Decided here, with all rows at hand: the result must not depend on where a part ends.
        namesake = kind == "customers" and (
            first.setdefault(f"namesake={external_key(kind, source, _unnumbered(values))}", line.number)
            != line.number
        )
        digest = sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()
        rows.append(Row(line.number, values, key, digest, faults, namesake))
    return rows


def external_key(kind: str, source: str, values: Mapping[str, str]) -> str:
    """The row's key. source: the system of the ids. Without an id the key is derived from the row's values."""
    if given := values.get("external_id"):
        return key_of(kind, source, given)
    if kind == "orders":
        number = values.get("order_number")
        parts = ["order_number", number] if number else sorted(values.items())
    elif kind == "users":
        name = values.get("username", "")
        parts = ["username", normalised(name) or name.casefold()]
    else:
        parts = [folded(values.get("name", "")), normalised(values.get("phone", "")) or values.get("address", "")]
    digest = sha256(msgspec.json.encode(parts)).hexdigest()
    # Without the source: a key derived from name and number is the same for files of all systems.
    return f"{kind}##{digest}"


def number_key(order_number: str) -> str:
    """The key that makes an order number unique across all sources."""
    return f"order_numbers##{sha256(order_number.casefold().encode()).hexdigest()}"


def _unnumbered(values: Mapping[str, str]) -> dict[str, str]:
    return {field: text for field, text in values.items() if field != "external_id"}


def key_of(kind: str, source: str, external_id: str) -> str:
    """The key of another system's id."""
    return f"{kind}#{source}#{external_id[:_LONGEST_ID]}"


def _cell(line: FileLine, place: int) -> str:
    return line.cells[place] if place < len(line.cells) else ""


def _faults(
    kind: ImportKind, line: FileLine, columns: Columns, values: Mapping[str, str]
) -> list[tuple[str, str]]:
    width = len(columns.places) + len(columns.unused)
    faults = []
    if len(line.cells) > width:
        faults.append(("", f"{len(line.cells)} cells, but the header has {width}"))
    if len(values.get("external_id", "")) > _LONGEST_ID:
        faults.append(("external_id", f"longer than {_LONGEST_ID} characters"))
    if ("external_id",) in KIND_COLUMNS[kind].required and "external_id" not in values:
        faults.append(("external_id", "missing"))
    return faults


def _identities(kind: str, key: str, values: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The identities that only one row of a file may have, each with the field for the error message."""
    found = [("external_id" if "external_id" in values else "", key)]
    for field in {"users": ("username",), "orders": ("order_number",)}.get(kind, ()):
        if field in values:
            found.append((field, f"{field}={normalised(values[field]) or values[field].casefold()}"))
    return found
