"""Files as they are: encodings, delimiters, quotes, sheets, and what is made to do harm."""

import io
import zipfile
from datetime import date, datetime

import pytest

from chalicelib.imports import xlsx
from chalicelib.imports.tables import MAX_BYTES, MAX_ROWS, Unreadable, read_table
from tests.imports.files import csv_file, xlsx_file

# As Excel keeps it: without a zone.
AFTERNOON = datetime(2024, 5, 1, 14, 30)  # noqa: DTZ001


def refused(content: bytes, wanted: str | None = None) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_table(content, wanted)
    return refusal.value.code


def packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("big5", "big5"), ("cp950", "big5")]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read_in_each_of_its_dialects(encoding: str, told: str, delimiter: str) -> None:
    table = read_table(
        csv_file(("姓名", "地址"), ("許功蓋", "台北, 一樓; 後門"), encoding=encoding, delimiter=delimiter), None
    )
    assert (table.encoding, table.header) == (told, ["姓名", "地址"])
    assert table.lines[0].cells == ["許功蓋", "台北, 一樓; 後門"]


def test_a_quoted_cell_may_go_over_several_lines() -> None:
    table = read_table('name,"no;te;s;"\r\n陳,"一\r\n二"\r\n\r\n林,三\r\n'.encode(), "csv")
    assert [(line.number, line.cells) for line in table.lines] == [(2, ["陳", "一\r\n二"]), (4, ["林", "三"])]


def test_cells_of_a_sheet_become_the_texts_that_people_see() -> None:
    content = xlsx_file(
        ("a", "b", "c", "d", "e", "f"),
        ("x", 7, 620.5, True, date(2024, 5, 1), AFTERNOON),
        (),
        ("=1+1", 1.0, None, 0.1),
    )
    table = read_table(content, "xlsx")
    assert [(line.number, line.cells) for line in table.lines] == [
        (2, ["x", "7", "620.5", "true", "2024-05-01", "2024-05-01T14:30:00"]),
        # What openpyxl wrote has no saved value, and none is computed.
        (4, ["", "1", "", "0.1"]),
    ]


def test_a_file_says_what_it_is() -> None:
    assert refused(csv_file(("name",), ("x",)), "xlsx") == "wrong_format"
    assert refused(xlsx_file(("name",), ("x",)), "csv") == "wrong_format"


def test_too_much_of_anything_is_refused() -> None:
    assert refused(b"x" * (MAX_BYTES + 1)) == "file_too_large"
    assert refused(csv_file([f"c{n}" for n in range(101)], ["x"])) == "too_many_columns"
    assert refused(csv_file(["name"], *([f"n{n}"] for n in range(MAX_ROWS + 1)))) == "too_many_rows"
    assert refused(csv_file(["name"], ["x" * 9_000])) in ("cell_too_long", "broken_csv")
    assert refused(xlsx_file([f"c{n}" for n in range(101)], ["x"])) == "too_many_columns"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed({"xl/worksheets/sheet1.xml": b"0" * (xlsx.MAX_RATIO * 100_000)})
    assert len(bomb) < 50_000
    assert refused(bomb) == "xlsx_too_large"
    assert refused(packed({f"xl/{n}.xml": b"" for n in range(xlsx.MAX_ENTRIES + 1)})) == "xlsx_too_large"


def test_a_directory_that_lies_about_sizes_gains_nothing() -> None:
    honest = xlsx_file(("name",), *(("x" * 50,) for _ in range(2_000)))
    with zipfile.ZipFile(io.BytesIO(honest)) as file:
        sheet = file.getinfo("xl/worksheets/sheet1.xml")
    size = sheet.file_size.to_bytes(4, "little")
    assert refused(honest.replace(size, (100).to_bytes(4, "little"))) == "broken_xlsx"


def test_entities_are_not_expanded() -> None:
    entities = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    parts = {}
    with zipfile.ZipFile(io.BytesIO(xlsx_file(("name",), ("x",)))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    assert refused(packed({**parts, "xl/worksheets/sheet1.xml": entities})) == "broken_xlsx"
    external = entities.replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/passwd"')
    assert refused(packed({**parts, "xl/workbook.xml": external})) == "broken_xlsx"


def test_a_row_far_below_is_not_waited_for() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"], book.active["A2"], book.active["A1000000"] = "name", "x", "y"
    content = io.BytesIO()
    book.save(content)
    assert refused(content.getvalue()) == "too_many_rows"
