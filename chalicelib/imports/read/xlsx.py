"""Reads the first sheet of an XLSX file row by row, after checking its zip.

An XLSX file is a zip of XML, and a few KB can unpack to gigabytes. So the sizes in the zip's directory are checked
before unpacking. Python's zipfile unpacks no more than these sizes, and xml_watch.py counts the XML before
openpyxl parses it. defusedxml, which openpyxl uses if it is installed, refuses entities. Formulas are not
computed: the value that Excel stored is used.
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
# A small file with repetitive text may shrink more; below this size that is harmless.
_HARMLESS: Final = 2 * 1024 * 1024
# Sheets often contain rows with only a border or a height below the data; these count here.
_MOST_LINES: Final = 100_000


def read_xlsx(content: bytes) -> Iterator[list[str]]:
    """The rows, with an empty one for each that the sheet omits. Raises Unreadable, also while iterated."""
    _check_zip(content)
    import openpyxl  # noqa: PLC0415 — a second of a cold start
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl works without defusedxml")
    # openpyxl raises KeyError, TypeError and others for invalid files, so every exception means an invalid file.
    try:
        # What load_workbook does, except that it would open the zip itself.
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
    # The size that a file declares may be wrong. After this only the rows themselves count.
    sheet.reset_dimensions()
    try:
        # max_col avoids padding rows to the last formatted column. A value beyond it is refused.
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
        # Excel stores every number as a float and shows 15 digits: a sum of 3.3000000000000003 is shown as 3.3.
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    # Excel's code for a carriage return.
    return str(value).replace("_x000D_", "\r")
