"""Finds the faults of a raw item, because PynamoDB silently ignores missing attributes."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeVar

from pynamodb.attributes import Attribute, AttributeContainer, ListAttribute, MapAttribute
from pynamodb.constants import MAP, NULL
from pynamodb.pagination import ResultIterator

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Refusal
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured

T = TypeVar("T")

Item = Mapping[str, Mapping[str, Any]]

# Key attributes that identify a person or give access; all others are ids, dates or codes.
_PRIVATE: Final = frozenset({"phone", "username", "code"})


class Unreadable(Refusal, ValueError):
    """A stored row, or a stream's image of one, that its model cannot parse. A retry cannot help.

    table: its name without the stage's prefix. key: the row's key attributes as plain values, without personal
    ones. reason: the dotted paths of the attributes that are missing or of a wrong type; never a value.
    """

    status, title, code = 500, "Stored data unreadable", ErrorCode.ROW_UNREADABLE

    def __init__(self, table: str, key: Mapping[str, str], reason: str) -> None:
        super().__init__(
            "A stored record cannot be read. Trying again does not help; the record has to be repaired. It has "
            "been logged under the correlation id."
        )
        self.table = table
        self.key = dict(key)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.reason}"

    def report(self) -> None:
        """Writes a log line and counts the row in the metric of an alarm."""
        fields = {"table": self.table, "key": self.key, "reason": self.reason}
        log.error("row_unreadable", extra={**fields, **measured(RowsUnreadable=1)})


class ReadableRows(ResultIterator[T]):
    """The rows of a query or scan; those that cannot be parsed are reported and skipped.

    A skipped row does not count against the limit, so it changes neither the length of a page nor its cursor.
    """

    def __init__(self, found: ResultIterator[T], parse: Callable[[Item], T]) -> None:
        # Takes over the state of the iterator that PynamoDB's query or scan made; it has not been read yet.
        vars(self).update(vars(found))
        self._map_fn = parse

    def __next__(self) -> T:
        while True:
            try:
                return super().__next__()
            except Unreadable as error:
                error.report()
                if self._limit is not None:
                    self._limit += 1


def plain_key(names: Collection[str], item: Item) -> dict[str, str]:
    """The key attributes of an item as text, without personal ones."""
    return {name: str(*item[name].values()) for name in names if name in item and name not in _PRIVATE}


def reason(container: type[AttributeContainer], item: Item, names: Collection[str] | None = None) -> str:
    """Why an item cannot be parsed as the model; empty if it can. names: the attributes that were read."""
    missing: list[str] = []
    mistyped: list[str] = []
    for path, is_missing in _faults(container, item, names):
        (missing if is_missing else mistyped).append(path)
    words = (("missing", missing), ("wrong type", mistyped))
    return "; ".join(f"{word}: {', '.join(paths)}" for word, paths in words if paths)


def _faults(
    container: type[AttributeContainer], item: Item, names: Collection[str] | None, path: str = ""
) -> Iterator[tuple[str, bool]]:
    """(path, whether it is missing) of each invalid attribute, also inside maps and lists."""
    for name, attribute in container.get_attributes().items():
        if names is not None and name not in names:
            continue
        value = item.get(attribute.attr_name)
        if not value or NULL in value:
            if not attribute.null and attribute.default is None:
                yield path + name, True
        else:
            yield from _faults_of_value(attribute, value, path + name)


def _faults_of_value(attribute: Attribute[Any], value: Mapping[str, Any], path: str) -> Iterator[tuple[str, bool]]:
    found = value.get(attribute.attr_type)
    if found is None:
        yield path, False
    elif isinstance(attribute, MapAttribute):
        yield from _faults(type(attribute), found, None, f"{path}.")
    elif isinstance(attribute, ListAttribute):
        yield from _faults_of_elements(attribute.element_type, found, path)
    else:
        try:
            attribute.deserialize(found)
        except (ValueError, TypeError, ArithmeticError):
            yield path, False


def _faults_of_elements(
    of: type[Attribute[Any]] | None, elements: Collection[Mapping[str, Any]], path: str
) -> Iterator[tuple[str, bool]]:
    """of: the type of the elements; None for any."""
    if of is None:
        return
    for n, element in enumerate(elements):
        if NULL in element:
            yield f"{path}.{n}", True
        elif of.attr_type not in element:
            yield f"{path}.{n}", False
        elif issubclass(of, MapAttribute):
            yield from _faults(of, element[MAP], None, f"{path}.{n}.")
