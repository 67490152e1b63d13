"""Groups of items: by a key, or of a fixed size."""

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
    """Slices of `size` items, in order; the last one may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
