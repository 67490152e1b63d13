"""Reading files: encodings, delimiters, quotes, sheets, and malicious files."""

import io
import zipfile
from datetime import date, datetime
from random import Random

import pytest

from chalicelib.imports.map.columns import columns_of
from chalicelib.imports.map.rows import rows_of
from chalicelib.imports.read import xlsx, xml_watch
from chalicelib.imports.read.file_table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Unreadable
from chalicelib.imports.read.tables import read_table
from tests.imports.files import csv_file, xlsx_file

# As Excel keeps it: without a zone.
AFTERNOON = datetime(2024, 5, 1, 14, 30)  # noqa: DTZ001


def refused(content: bytes, expected: str | None = None) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_table(content, expected)
    return refusal.value.code


def packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    ("encoding", "received"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("big5", "big5"), ("cp950", "big5")]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_read_in_each_of_its_dialects(encoding: str, received: str, delimiter: str) -> None:
    table = read_table(
        csv_file(("姓名", "地址"), ("許功蓋", "台北, 一樓; 後門"), encoding=encoding, delimiter=delimiter), None
    )
    assert (table.encoding, table.header) == (received, ["姓名", "地址"])
    assert table.lines[0].cells == ["許功蓋", "台北, 一樓; 後門"]


def test_a_quoted_cell_may_go_over_several_lines() -> None:
    table = read_table('name,"no;te;s;"\r\n陳,"一\r\n二"\r\n\r\n林,三\r\n'.encode(), "csv")
    assert [(line.number, line.cells) for line in table.lines] == [(2, ["陳", "一\n二"]), (4, ["林", "三"])]


def test_line_breaks_of_every_system_are_the_same_line_break() -> None:
    table = read_table(csv_file(("name",), ("一\r\n二\r三\n四",)), None)
    assert table.lines[0].cells == ["一\n二\n三\n四"]
    # As Excel writes a return that came from a web page.
    assert read_table(xlsx_file(("name",), ("一_x000D_\n二",)), None).lines[0].cells == ["一\n二"]


USER_DEFINED = b"\xfa\x40"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("姓名,地址\n陳小姐,台北\n".encode("cp950") + "林".encode("cp950") + USER_DEFINED + b",\xa5_\n", "big5"),
        ("姓名,地址\n陳小姐,台北\n林".encode() + b"\xff,\xe5\x8c\x97\n", "utf-8"),
    ],
)
def test_a_character_that_no_encoding_knows_does_not_cost_the_file(content: bytes, encoding: str) -> None:
    table = read_table(content, None)
    assert (table.encoding, table.header, table.lines[0].cells) == (encoding, ["姓名", "地址"], ["陳小姐", "台北"])
    assert table.lines[1].cells[1] == "北"
    rows = rows_of("customers", "file", columns_of("customers", table.header, {}), table.lines)
    assert [[field for field, _ in row.faults] for row in rows] == [[], ["name"]]
    assert "\ufffd" in rows[1].values["name"], "and the row can be written down"


def test_an_unused_column_may_be_broken() -> None:
    table = read_table("姓名,備註\n陳,".encode("cp950") + USER_DEFINED + b"\n", None)
    [row] = rows_of("customers", "file", columns_of("customers", table.header, {"備註": None}), table.lines)
    assert row.faults == []


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
        # openpyxl stores a formula without its value.
        (4, ["", "1", "", "0.1"]),
    ]


def test_a_files_format_is_detected_from_its_content() -> None:
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


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAME = b'<row><c t="inlineStr"><is><t>name</t></is></c></row>'
X = b'<row><c t="inlineStr"><is><t>x</t></is></c></row>'


def sheet_file(rows: bytes, *, before: bytes = b"", after: bytes = b"", **others: bytes) -> bytes:
    """A header, one row and more, in a small file that shrinks no more than a table does."""
    with zipfile.ZipFile(io.BytesIO(xlsx_file(("name",), ("x",)))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    noise = b"<!--" + Random(1).randbytes(350_000).hex().encode() + b"-->"
    data = b"<sheetData>" + NAME + X + rows + b"</sheetData>"
    sheet = b'<worksheet xmlns="' + MAIN + b'">' + noise + before + data + after + b"</worksheet>"
    strings = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + strings + b'"/></Types>'
    )
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="' + MAIN + b'">' + others.get("strings", b"") + noise + b"</sst>"
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(
        b"</cellXfs>", others.get("styles", b"") + b"</cellXfs>"
    )
    return packed({**parts, "xl/worksheets/sheet1.xml": sheet})


@pytest.mark.parametrize(
    "parts",
    [
        {"rows": b"<row>" + b"<c/>" * 500_000 + b"</row>"},
        {"rows": b"<row><c>" + b"<v/>" * 500_000 + b"</c></row>"},
        {"rows": b"<row" + b"".join(b' a%d=""' % n for n in range(1_000)) + b"/>"},
        {"rows": b" " * xml_watch.MAX_UNPACKED},
        {"rows": b"", "before": b"<x/>" * 500_000},
        {"rows": b"", "after": b"<x/>" * 500_000},
        {"rows": b"", "strings": b"<si>" + b"<r/>" * 500_000 + b"</si>"},
        {"rows": b"", "styles": b"<xf/>" * 100_000},
    ],
    ids=["cells", "values", "attributes", "size", "before", "after", "runs", "styles"],
)
def test_xml_that_would_become_a_tree_of_a_gigabyte_is_refused_while_it_is_read(parts: dict[str, bytes]) -> None:
    content = sheet_file(**parts)
    assert len(content) < 1_000_000
    assert refused(content) == "xlsx_too_large"


@pytest.mark.parametrize(
    "more",
    [
        b"<si/>" * (MAX_ROWS * MAX_COLUMNS),
        (b"<row>" + b"<x/>" * 39_999 + b"</row>") * (xml_watch.MAX_ELEMENTS // 40_000),
    ],
    ids=["texts", "cells"],
)
def test_more_than_there_are_cells_is_refused_while_it_is_read(more: bytes) -> None:
    content = b'<x xmlns="' + MAIN + b'">' + more + b"<si/><si/></x>"
    with xml_watch.WatchedZip(io.BytesIO(packed({"part": content}))) as file:
        part = file.open("part")
        part.read(len(content) - 100)
        with pytest.raises(Unreadable):
            part.read()


def test_a_text_longer_than_a_cell_is_refused_while_it_is_read() -> None:
    assert refused(sheet_file(b'<row><c t="str"><v>' + b"x" * 40_000 + b"</v></c></row>")) == "cell_too_long"
    assert refused(sheet_file(b"", strings=b"<si><t>" + b"x" * 40_000 + b"</t></si>")) == "cell_too_long"


def test_borders_beyond_the_last_column_and_below_the_last_row_are_no_cells() -> None:
    below = b'<row ht="20">' + b'<c s="0"/>' * 3 + b"</row>"
    table = read_table(
        sheet_file(b'<row><c r="A3" t="str"><v>y</v></c><c r="XFD3" s="0"/></row>' + below * 25_000), None
    )
    assert [line.cells for line in table.lines] == [["x"], ["y"]]
    assert refused(sheet_file(b'<row><c r="CW3" t="str"><v>y</v></c></row>')) == "too_many_columns"
    assert refused(sheet_file(b"<row>" + b"<c/>" * 100 + b'<c t="str"><v>y</v></c></row>')) == "too_many_columns"
    assert read_table(sheet_file(b'<row><c r="CV3" t="str"><v>y</v></c></row>'), None).lines[1].cells[99] == "y"


def test_a_sheet_of_as_many_rows_as_may_be_is_read() -> None:
    rows = (b'<row><c t="str"><v>\xe9\x99\xb3%d</v></c></row>' % n for n in range(MAX_ROWS - 1))
    assert len(read_table(sheet_file(b"".join(rows)), None).lines) == MAX_ROWS
    rows = (b"<row><c><v>%d</v></c></row>" % n for n in range(MAX_ROWS))
    assert refused(sheet_file(b"".join(rows))) == "too_many_rows"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1.1 + 2.2, "3.3"),
        (620.5, "620.5"),
        (2.9999999999999996, "3"),
        (1e15, "1000000000000000"),
        (-0.5, "-0.5"),
    ],
)
def test_a_number_is_read_as_excel_shows_it(value: float, text: str) -> None:
    assert read_table(xlsx_file(("name",), (value,)), None).lines[0].cells == [text]


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
