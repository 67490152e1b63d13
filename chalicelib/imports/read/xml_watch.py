"""A zip of XML that counts the content of its files while they are read, before openpyxl parses it.

A few KB can unpack to a tree of a gigabyte: a row of a million cells, or a style sheet of a million styles. Each
chunk is counted before it is returned, so openpyxl never parses more than the limits here.
"""

import io
import zipfile
from typing import Any, Final, Self
from xml.parsers import expat

from chalicelib.core.error_codes import ErrorCode
from chalicelib.imports.read.file_table import MAX_COLUMNS, MAX_ROWS, Unreadable

# 10,000 rows of 20 columns, half of them distinct texts, are 14 MB (measured); with 100 columns 56 MB.
MAX_UNPACKED: Final = 64 * 1024 * 1024
# Rows of a sheet, or shared strings: each cell may have its own one.
_MOST_RECORDS: Final = MAX_ROWS * MAX_COLUMNS
# Elements between two rows or strings, including those outside rows: styles, merged cells, links. Excel's widest
# row has 33,000.
MAX_BETWEEN: Final = 50_000
# A cell, its value and its text for each cell.
MAX_ELEMENTS: Final = 4 * MAX_ROWS * MAX_COLUMNS
# Twice the most that an element of Excel has.
_MOST_ATTRIBUTES: Final = 40
# Excel's limit for a cell.
_LONGEST_TEXT: Final = 32_767

_CHUNK: Final = 64 * 1024
_NAMESPACE: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _STRING, _CELL, _VALUE, _INLINE = (f"{_NAMESPACE} {name}" for name in ("row", "si", "c", "v", "is"))


class WatchedZip(zipfile.ZipFile):
    """A zip whose files raise Unreadable while reading if they exceed the limits."""

    unpacked = 0

    def open(self, name: Any, mode: Any = "r", pwd: Any = None, *, force_zip64: bool = False) -> Any:
        return _WatchedFile(self, super().open(name, mode, pwd, force_zip64=force_zip64))


class _WatchedFile:
    def __init__(self, archive: WatchedZip, part: Any) -> None:
        self._archive, self._part, self._watch = archive, part, _Watch()

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size >= 0:
            return self._inspected(size)
        whole = io.BytesIO()
        while chunk := self._inspected(_CHUNK):
            whole.write(chunk)
        return whole.getvalue()

    def _inspected(self, size: int) -> bytes:
        chunk: bytes = self._part.read(size)
        self._archive.unpacked += len(chunk)
        if self._archive.unpacked > MAX_UNPACKED:
            raise Unreadable(ErrorCode.XLSX_TOO_LARGE, "the file unpacks to more than is read here")
        self._watch.feed(chunk)
        return chunk

    def close(self) -> None:
        self._part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Watch:
    """Counts the elements of a file in the zip, and stores none of them."""

    def __init__(self) -> None:
        self._elements = self._records = self._between = self._column = self._text = 0
        self._parser: expat.XMLParserType | None = expat.ParserCreate(namespace_separator=" ")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def feed(self, chunk: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.Parse(chunk)
        except expat.ExpatError:
            # Not valid XML from here on: openpyxl stops at the same byte.
            self._parser = None

    def _start(self, name: str, attributes: list[str]) -> None:
        self._elements += 1
        self._between += 1
        self._text = 0
        if name == _CELL:
            self._column = _column(attributes) or self._column + 1
        elif name in (_VALUE, _INLINE):
            if self._column > MAX_COLUMNS:
                raise Unreadable(ErrorCode.TOO_MANY_COLUMNS, f"more than {MAX_COLUMNS} columns")
        elif name in (_ROW, _STRING):
            self._records += 1
            self._between = self._column = 0
        if (
            self._between > MAX_BETWEEN
            or self._elements > MAX_ELEMENTS
            or self._records > _MOST_RECORDS
            or len(attributes) > 2 * _MOST_ATTRIBUTES
        ):
            raise Unreadable(ErrorCode.XLSX_TOO_LARGE, "the file holds more than a table does")

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > _LONGEST_TEXT:
            raise Unreadable(ErrorCode.CELL_TOO_LONG, f"a cell has more than {_LONGEST_TEXT} characters")

    def _entity(self, *_: Any) -> None:
        raise Unreadable(ErrorCode.BROKEN_XLSX, "the file is no whole XLSX")


def _column(attributes: list[str]) -> int:
    """The column number of a cell's coordinate, 1 for `A1`; 0 without a coordinate."""
    if "r" not in attributes[::2]:
        return 0
    column = 0
    for character in attributes[attributes.index("r") + 1]:
        if not "A" <= character <= "Z":
            break
        column = column * 26 + ord(character) - 64
    return column
