"""Reads the records that a part's rows refer to, by another system's id or by phone number."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.phones import normalised
from chalicelib.imports.map.rows import Row, key_of
from chalicelib.imports.plan.planning import found_keys, found_records
from chalicelib.models.customer import Customer


class References:
    """The records of one kind that the `field` of the rows refers to. model: Customer, Driver or Order.

    ids_in: returns the ids of a cell; it must not raise.
    """

    def __init__(
        self,
        model: Any,
        kind: str,
        field: str,
        tenant_id: str,
        source: str,
        rows: Sequence[Row],
        *,
        ids_in: Callable[[str], Sequence[str]] = lambda text: (text,),
    ) -> None:
        self._field, self._kind, self._source, self._ids_in = field, kind, source, ids_in
        named = {key_of(kind, source, each) for row in rows for each in ids_in(row.values.get(field, "")) if each}
        self._ids = {key: found.id for key, found in found_keys(tenant_id, sorted(named)).items()}
        self._records = found_records(model, tenant_id, set(self._ids.values()))

    def of(self, row: Row) -> Any:
        """The record that the row refers to, None for an empty cell. Raises Invalid if it does not exist."""
        return next(iter(self.all_of(row)), None)

    def all_of(self, row: Row) -> list[Any]:
        """The records that the row refers to, in its order. Raises Invalid with the first that does not exist."""
        found = []
        for each in self._ids_in(row.values.get(self._field, "")):
            if not each:
                continue
            record = self._records.get(self._ids.get(key_of(self._kind, self._source, each), ""))
            if record is None:
                message = f"none of the {self._kind} was imported with the id {each[:40]!r} from {self._source!r}"
                raise Invalid((self._field, message))
            found.append(record)
        return found


class ByPhone:
    """Customers by the phone numbers of the rows: one call per number, because an index has no batch read."""

    def __init__(self, tenant_id: str, field: str, rows: Sequence[Row]) -> None:
        numbers = {number for row in rows if (number := normalised(row.values.get(field, "")))}
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for number in sorted(numbers):
            for found in Customer.by_phone.query(tenant_id, Customer.phone == number, limit=20):
                ids[number].add(found.id)
        records = found_records(Customer, tenant_id, {each for several in ids.values() for each in several})
        self._found = {
            # Oldest first. The index may lag behind the rows.
            number: [row for each in sorted(several) if (row := records.get(each)) and row.phone == number]
            for number, several in ids.items()
        }

    def of(self, text: str) -> list[Customer]:
        """The customers with this number, oldest first."""
        return self._found.get(normalised(text), [])
