"""What every list answers."""

from typing import Generic, TypeVar

from msgspec import Struct

from chalicelib.fields import Cursor, PageSize

T = TypeVar("T")


class Part(Struct, forbid_unknown_fields=True, frozen=True):
    """Which part of a list. cursor: the `next_cursor` of the part before."""

    limit: PageSize = 50
    cursor: Cursor | None = None


class Page(Struct, Generic[T]):
    """A part of a list. next_cursor: where the next part begins; null after the last."""

    items: list[T]
    next_cursor: str | None
