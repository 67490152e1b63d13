"""A file as a table of texts, whatever its format: nothing in it is trusted, and nothing in it is run."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from chalicelib.errors import Invalid

Format = Literal["csv", "xlsx"]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 100
# Longer than any field may be; what is longer is a mistake, and would fill the report.
MAX_CELL: Final = 8_000

# What stands for a byte that could not be read: no text has it of itself, and none may keep it.
UNREAD: Final = re.compile("[\udc80-\udcff]")

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


class Unreadable(Invalid):
    """The file cannot be taken at all; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(("file", message), code=code)
        self.detail = message


class Line(Struct, frozen=True):
    """A row with something in it. number: as a spreadsheet counts, from 1 with the header."""

    number: int
    cells: list[str]


class FileTable(Struct, frozen=True):
    """A file that was read. encoding: of its text, None for XLSX. lines: without the header and empty ones."""

    header: list[str]
    lines: list[Line]
    encoding: str | None


def read_table(content: bytes, expected: str | None) -> FileTable:
    """The file's first table. expected: what it is said to be; found out where None. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable("file_too_large", f"the file has more than {MAX_BYTES // 2**20} MB")
    if not content.strip():
        raise Unreadable("empty_file", "the file is empty")
    if content.startswith(_OLD_EXCEL):
        raise Unreadable("old_excel", "an old Excel file (.xls): save it as .xlsx")
    found = "xlsx" if content.startswith(_ZIP) else "csv"
    if expected not in (None, found):
        raise Unreadable("wrong_format", f"the file is no {expected}")
    # Here, because most functions never see a file.
    if found == "xlsx":
        from chalicelib.imports.xlsx import read_xlsx  # noqa: PLC0415

        return _table(read_xlsx(content), None)
    from chalicelib.imports.csv_text import read_csv  # noqa: PLC0415

    encoding, rows = read_csv(content)
    return _table(rows, encoding)


def _table(rows: Iterable[Sequence[str]], encoding: str | None) -> FileTable:
    header: list[str] = []
    lines: list[Line] = []
    for number, row in enumerate(rows, 1):
        # PostgreSQL and Excel keep the line breaks of web pages, two characters each.
        cells = [cell.strip().replace("\r\n", "\n").replace("\r", "\n") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not header:
            # Above the header stands nothing: a title there would be taken for it.
            header = cells
            if any(UNREAD.search(cell) for cell in header):
                raise Unreadable(
                    "unknown_encoding", "the header is neither UTF-8 nor Big5; save the file as UTF-8"
                )
            if len(header) > MAX_COLUMNS:
                raise Unreadable("too_many_columns", f"more than {MAX_COLUMNS} columns")
            continue
        if len(lines) == MAX_ROWS:
            raise Unreadable("too_many_rows", f"more than {MAX_ROWS} rows; split the file")
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Unreadable("cell_too_long", f"row {number} has a cell of more than {MAX_CELL} characters")
        lines.append(Line(number, cells))
    if not header:
        raise Unreadable("empty_file", "the file is empty")
    if not lines:
        raise Unreadable("no_rows", "the file has a header and nothing below it")
    return FileTable(header, lines, encoding)
