"""Reads a file of any format as a table of texts. Files are not trusted, and formulas are not computed."""

from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.core.error_codes import ErrorCode
from chalicelib.imports.read.file_table import (
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    UNREAD,
    FileLine,
    FileTable,
    Unreadable,
)

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def read_table(content: bytes, expected: str | None) -> FileTable:
    """The file's first table. expected: its format; detected if None. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(ErrorCode.FILE_TOO_LARGE, f"the file has more than {MAX_BYTES // 2**20} MB")
    if not content.strip():
        raise Unreadable(ErrorCode.EMPTY_FILE, "the file is empty")
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(ErrorCode.OLD_EXCEL, "an old Excel file (.xls): save it as .xlsx")
    found = "xlsx" if content.startswith(_ZIP) else "csv"
    if expected not in (None, found):
        raise Unreadable(ErrorCode.WRONG_FORMAT, f"the file is no {expected}")
    # Imported here because most functions never read a file.
    if found == "xlsx":
        from chalicelib.imports.read.xlsx import read_xlsx  # noqa: PLC0415

        return _table(read_xlsx(content), None)
    from chalicelib.imports.read.csv_text import read_csv  # noqa: PLC0415

    encoding, rows = read_csv(content)
    return _table(rows, encoding)


def _table(rows: Iterable[Sequence[str]], encoding: str | None) -> FileTable:
    header: list[str] = []
    lines: list[FileLine] = []
    for number, row in enumerate(rows, 1):
        # Exports of PostgreSQL and Excel may contain the line breaks of web forms, `\r\n`.
        cells = [cell.strip().replace("\r\n", "\n").replace("\r", "\n") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not header:
            # The header is the first row that is not empty; a title above it is not supported.
            header = cells
            if any(UNREAD.search(cell) for cell in header):
                raise Unreadable(
                    ErrorCode.UNKNOWN_ENCODING, "the header is neither UTF-8 nor Big5; save the file as UTF-8"
                )
            if len(header) > MAX_COLUMNS:
                raise Unreadable(ErrorCode.TOO_MANY_COLUMNS, f"more than {MAX_COLUMNS} columns")
            continue
        if len(lines) == MAX_ROWS:
            raise Unreadable(ErrorCode.TOO_MANY_ROWS, f"more than {MAX_ROWS} rows; split the file")
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Unreadable(
                ErrorCode.CELL_TOO_LONG, f"row {number} has a cell of more than {MAX_CELL} characters"
            )
        lines.append(FileLine(number, cells))
    if not header:
        raise Unreadable(ErrorCode.EMPTY_FILE, "the file is empty")
    if not lines:
        raise Unreadable(ErrorCode.NO_ROWS, "the file has a header and nothing below it")
    return FileTable(header, lines, encoding)
