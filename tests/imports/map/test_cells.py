"""Converting headers to fields and cells to values."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import id_of, new_id, now
from chalicelib.core.errors import Invalid
from chalicelib.imports.map.cells import amount, day, moment, whole, yes_or_no
from chalicelib.imports.map.columns import KIND_COLUMNS, ImportKind, columns_of
from chalicelib.imports.map.rows import external_key, rows_of
from chalicelib.imports.read.file_table import FileLine, Unreadable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", (2024, 5, 1)),
        ("2024/5/1", (2024, 5, 1)),
        ("113/05/01", (2024, 5, 1)),
        ("１１３年５月１日", (2024, 5, 1)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, expected: tuple[int, int, int]) -> None:
    assert day("d", text) == dt.date(*expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", "2024-05-01T12:00:00+08:00"),
        ("2024/5/1 14:30", "2024-05-01T14:30:00+08:00"),
        ("2024-05-01 06:30:00.123456+00", "2024-05-01T14:30:00.123456+08:00"),
        ("2024-05-01T06:30:00Z", "2024-05-01T14:30:00+08:00"),
        ("2024/5/1 下午 02:30", "2024-05-01T14:30:00+08:00"),
        ("2024/5/1 下午2:30:15", "2024-05-01T14:30:15+08:00"),
        ("2024/5/1 上午 12:05", "2024-05-01T00:05:00+08:00"),
        ("2024/5/1 下午 12:05", "2024-05-01T12:05:00+08:00"),
        ("2024/5/1 02:30:00 PM", "2024-05-01T14:30:00+08:00"),
        ("2024/5/1 9:05", "2024-05-01T09:05:00+08:00"),
        ("2024-05-01 14:30:00.123456 +0800", "2024-05-01T14:30:00.123456+08:00"),
        ("2024-05-01 06:30:00.5 UTC", "2024-05-01T14:30:00.5+08:00"),
    ],
)
def test_times_without_a_zone_are_the_tenants(text: str, expected: str) -> None:
    assert moment("d", text, "Asia/Taipei") == dt.datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text", ["2024/5/1 上午 14:30", "2024/5/1 下午", "2024/5/1 上午 下午 2:30", "2024/5/1 下午 0:30"]
)
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        moment("d", text, "Asia/Taipei")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("720", "720"), ("1,250", "1250"), ("NT$ 720", "720"), ("620.5 元", "620.5"), ("７２０", "720")],
)
def test_amounts_are_exact(text: str, expected: str) -> None:
    assert amount("p", text) == Decimal(expected)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (amount, day, whole, yes_or_no):
        with suppress(Invalid):
            read("f", text)
    with suppress(Invalid):
        moment("f", text, "Asia/Taipei")


@pytest.mark.parametrize("header", ["電話", "手 機", "Phone_Number", "ＰＨＯＮＥ", "phone-number", " TEL "])
def test_a_header_is_known_whatever_its_case_and_width(header: str) -> None:
    assert columns_of("customers", ["name", header], {}).headers["phone"] == header


def test_of_two_columns_for_a_field_the_first_of_the_table_is_used_and_the_other_reported() -> None:
    columns = columns_of("customers", ["short_name", "name", "什麼"], {})
    assert (columns.headers, columns.unused) == ({"name": "name"}, ["short_name", "什麼"])


def test_a_mapping_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(Unreadable, match="mapping names 'x'; the file has name"):
        columns_of("customers", ["name"], {"x": "phone"})


@pytest.mark.parametrize("kind", get_args(ImportKind))
def test_each_kind_finds_all_its_fields_by_their_own_names(kind: ImportKind) -> None:
    fields = list(KIND_COLUMNS[kind].fields)
    assert columns_of(kind, fields, {}).headers == {field: field for field in fields}


def test_a_key_is_the_other_systems_id_or_made_of_the_rows_values() -> None:
    assert external_key("customers", "old", {"external_id": "7", "name": "陳"}) == "customers#old#7"
    typed = [{"name": "陳 A", "phone": text} for text in ("0912-345-678", "+886912345678")]
    assert external_key("customers", "a", typed[0]) == external_key("customers", "b", typed[1])
    assert external_key("orders", "a", {"item": "x"}) != external_key("orders", "a", {"item": "y"})


def test_cells_beyond_the_header_are_an_error_of_the_row() -> None:
    columns = columns_of("customers", ["name", "x"], {})
    rows = rows_of("customers", "file", columns, [FileLine(2, ["a", "b", "c"]), FileLine(3, ["b"])])
    assert [row.faults for row in rows] == [[("", "3 cells, but the header has 2")], []]


def test_an_id_made_for_the_past_sorts_before_those_of_today() -> None:
    old = id_of(now() - dt.timedelta(days=900))
    assert len(old) == 26
    assert id_of(now() - dt.timedelta(days=901)) < old < new_id()
