"""What every list answers."""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Page(Struct, Generic[T]):
    """A part of a list. next_cursor: where the next part begins; null after the last."""

    items: list[T]
    next_cursor: str | None
