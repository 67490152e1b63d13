"""A file as a table of texts: its types, its limits, and the error for an unreadable file."""

import re
from typing import Final, Literal

from msgspec import Struct

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid

Format = Literal["csv", "xlsx"]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 100
# Longer than any field may be; a longer cell is a mistake and would fill the report.
MAX_CELL: Final = 8_000

# Characters for bytes that could not be decoded. Valid texts never contain them, and no record may contain them.
UNREAD: Final = re.compile("[\udc80-\udcff]")


class Unreadable(Invalid):
    """The file cannot be imported; `code` is the reason."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(("file", message), code=code)
        self.detail = message


class FileLine(Struct, frozen=True):
    """A row that is not empty. number: as in a spreadsheet, with the header as 1."""

    number: int
    cells: list[str]


class FileTable(Struct, frozen=True):
    """The content of a file. encoding: of its text, None for XLSX. lines: without the header and empty ones."""

    header: list[str]
    lines: list[FileLine]
    encoding: str | None
