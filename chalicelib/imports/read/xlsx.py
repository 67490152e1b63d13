"""The first sheet of an XLSX file, row by row, after its zip was looked at from outside.

An XLSX file is a zip of XML. Of a few KB it can be made to unpack to gigabytes, so what its directory promises is
checked before anything is unpacked; Python's zipfile then gives no more than was promised, and what it gives is
counted before openpyxl sees it. Entities are refused by defusedxml, which openpyxl uses where it is installed.
Formulas are not computed: what Excel saved counts.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

from chalicelib.core.error_codes import ErrorCode
from chalicelib.imports.read.file_table import MAX_COLUMNS, Unreadable
from chalicelib.imports.read.xml_watch import WatchedZip

# Excel's own files have 10 to 20 entries and shrink to a tenth.
MAX_ENTRIES: Final = 500
MAX_RATIO: Final = 100
# A file of little, always the same text may shrink more; so little does no harm.
_HARMLESS: Final = 2 * 1024 * 1024
# Rows with nothing but a border or a height stand in a sheet like others, mostly below them.
_MOST_LINES: Final = 100_000


def read_xlsx(content: bytes) -> Iterator[list[str]]:
    """The rows, an empty one for each that is left out. Raises Unreadable, also while iterated."""
    _check_zip(content)
    import openpyxl  # noqa: PLC0415 — a second of a cold start
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl works without defusedxml")
    # Whatever openpyxl trips over, it is the file: it raises KeyError, TypeError … for what no Excel ever wrote.
    try:
        # As load_workbook does it, which opens its zip itself.
        reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        reader.archive = WatchedZip(io.BytesIO(content))
        reader.read()
        sheets = reader.wb.worksheets
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(ErrorCode.BROKEN_XLSX, "the file is no whole XLSX") from error
    if not sheets:
        raise Unreadable(ErrorCode.EMPTY_FILE, "the file has no sheet with cells")
    return _rows(sheets[0])


def _rows(sheet: Any) -> Iterator[list[str]]:
    # What a file says of its own size may be anything; forgotten, the rows themselves count.
    sheet.reset_dimensions()
    try:
        # Not padded to where its last border is. A value beyond is refused as it is read.
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
            if number > _MOST_LINES:
                raise Unreadable(
                    ErrorCode.TOO_MANY_ROWS,
                    f"more than {_MOST_LINES} rows, empty ones included; delete or split them",
                )
            yield [_text(value) for value in row]
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(ErrorCode.BROKEN_XLSX, "the file is no whole XLSX") from error


def _check_zip(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable(ErrorCode.BROKEN_XLSX, "the file is no whole XLSX") from error
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(ErrorCode.XLSX_TOO_LARGE, f"the file has more than {MAX_ENTRIES} parts")
    if any(_suspicious(entry) for entry in entries):
        raise Unreadable(ErrorCode.XLSX_TOO_LARGE, "the file shrinks more than a table does")


def _suspicious(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _HARMLESS and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Excel keeps every number as a float, and shows 15 digits of it: what it added up to 3.3000000000000003
        # is 3.3 for whoever looks at it.
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    # How Excel writes a return.
    return str(value).replace("_x000D_", "\r")
