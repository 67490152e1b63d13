"""A file as a table of texts: its shape, its limits, and the error of a file that is none."""

import re
from typing import Final, Literal

from msgspec import Struct

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid

Format = Literal["csv", "xlsx"]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 100
# Longer than any field may be; what is longer is a mistake, and would fill the report.
MAX_CELL: Final = 8_000

# What stands for a byte that could not be read: no text has it of itself, and none may keep it.
UNREAD: Final = re.compile("[\udc80-\udcff]")


class Unreadable(Invalid):
    """The file cannot be taken at all; `code` says why."""

    def __init__(self, code: ErrorCode, message: str) -> None:
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
