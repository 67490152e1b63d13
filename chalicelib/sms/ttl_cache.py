"""Caches values for a while between invocations of a function."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")


class TtlCache(Generic[Value]):
    """Loads a value on first use and again when it is older than `seconds`. A failed load is not cached."""

    def __init__(self, seconds: float, elapsed: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._elapsed = elapsed
        self._values: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, load: Callable[[], Value]) -> Value:
        """The cached value of `key`, or the result of `load`."""
        found = self._values.get(key)
        if found is not None and self._elapsed() - found[0] < self._seconds:
            return found[1]
        value = load()
        self._values[key] = (self._elapsed(), value)
        return value

    def clear(self) -> None:
        """Removes all values, as in a new process."""
        self._values.clear()
