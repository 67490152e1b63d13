"""Opaque cursors of lists. They contain a position but no tenant, which always comes from the token."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from chalicelib.core.errors import Invalid

T = TypeVar("T")

# A filtered page reads at most this many rows, so that a filter without matches stays cheap. Its cursor continues.
MOST_ROWS_PER_PAGE: Final = 500


def encode_cursor(position: Any) -> str:
    """A URL-safe text of a JSON value."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(text: str, shape: type[T]) -> T:
    """The position of a cursor made by `encode_cursor`. Raises Invalid for anything else."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid(("cursor", "not a cursor of this list")) from error


def first_page(rows: Sequence[T], limit: int, position: Callable[[T], Any]) -> tuple[list[T], str | None]:
    """The page, and the cursor of the next one; None if there are no more rows.

    rows: one more than `limit`, if there are so many; relying on DynamoDB's LastEvaluatedKey may lead to an empty
    last page. position: the position of a row, for the cursor.
    """
    page = list(rows[:limit])
    return page, encode_cursor(position(page[-1])) if len(rows) > limit else None


def filtered_page(
    rows: Iterable[T], limit: int, *, fits: Callable[[T], bool], position: Callable[[T], Any]
) -> tuple[list[T], str | None]:
    """As `first_page`, but only of rows that fit. The cursor is None if no later row fits.

    After MOST_ROWS_PER_PAGE rows the page ends early, and the next page may be empty.
    """
    page: list[T] = []
    last = None
    for looked_at, row in enumerate(rows):
        if looked_at == MOST_ROWS_PER_PAGE:
            return page, encode_cursor(last)
        if fits(row):
            if len(page) == limit:
                return page, encode_cursor(last)
            page.append(row)
        last = position(row)
    return page, None
