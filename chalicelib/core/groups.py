"""Items in groups: by a key, or so many at a time."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)


def grouped(items: Iterable[T], key: Callable[[T], Key]) -> dict[Key, list[T]]:
    """The items by their key; items and keys in their order."""
    found: dict[Key, list[T]] = {}
    for each in items:
        found.setdefault(key(each), []).append(each)
    return found


def slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, `size` at a time; the last slice may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
