"""Reads CSV as programs in Taiwan write it: UTF-8 or Big5; commas, semicolons or tabs; line breaks in quotes."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from chalicelib.core.error_codes import ErrorCode
from chalicelib.imports.read.file_table import MAX_CELL, UNREAD, Unreadable

_DELIMITERS: Final = ",;\t"
_BOM: Final = "\ufeff"


def read_csv(content: bytes) -> tuple[str, Iterator[list[str]]]:
    """The encoding, `utf-8` or `big5`, and the rows as they are read. Raises Unreadable, also while iterated.

    A byte that cannot be decoded becomes a character of UNREAD.
    """
    encoding, text = _decoded(content)
    return encoding, _rows(text)


def _decoded(content: bytes) -> tuple[str, str]:
    if b"\0" in content:
        raise Unreadable(ErrorCode.NOT_TEXT, "the file is neither text nor XLSX")
    # UTF-8 first: Big5 texts of more than a few characters are never valid UTF-8, but UTF-8 texts may be valid
    # Big5. CP950 is the Big5 of Windows, with its own additions.
    texts = []
    for encoding, name in (("utf-8", "utf-8"), ("cp950", "big5")):
        text = content.decode(encoding, "surrogateescape").removeprefix(_BOM)
        unread = len(UNREAD.findall(text))
        if not unread:
            return name, text
        texts.append((unread, name, text))
    # User-defined characters (造字) and halves of characters cannot be decoded. With the wrong encoding nearly no
    # character can, so the encoding with the fewest failures is the right one.
    _, name, text = min(texts, key=lambda each: each[0])
    return name, text


def _rows(text: str) -> Iterator[list[str]]:
    # strict: otherwise a quote that is never closed makes the rest of the file one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    csv.field_size_limit(MAX_CELL)
    try:
        yield from reader
    except csv.Error as error:
        raise Unreadable(ErrorCode.BROKEN_CSV, f"line {reader.line_num}: {error}") from error


def _delimiter(text: str) -> str:
    """The delimiter that occurs most often in the header, outside quotes."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in text.lstrip():
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    return max(counts, key=lambda each: counts[each])
