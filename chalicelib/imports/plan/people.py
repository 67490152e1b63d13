"""Customers and drivers from files."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.search import folded
from chalicelib.imports.map.cells import drafted, yes_or_no
from chalicelib.imports.map.rows import Row
from chalicelib.imports.plan.planning import RowPlanner
from chalicelib.imports.plan.references import ByPhone
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.order import Location
from chalicelib.records import customers, drivers
from chalicelib.records.customers import NewCustomer
from chalicelib.records.drivers import NewDriver

# A row may omit these columns; then the stored values do not change.
_COORDINATES = ("latitude", "longitude")


class Customers(RowPlanner):
    """The draft is an unstored row and the names of the attributes that the file's row contains."""

    model = Customer

    def look_up(self, rows: Sequence[Row]) -> None:
        unnamed = [row for row in rows if "external_id" not in row.values]
        self._by_phone = ByPhone(self.context.tenant.id, "phone", unnamed)
        self._unclaimed_ids = _unclaimed_ids(self.context.tenant.id) if len(unnamed) < len(rows) else {}

    def draft(self, row: Row) -> tuple[Customer, set[str]]:
        values: dict[str, Any] = {**row.values}
        values.pop("external_id", None)
        active = values.pop("active", None)
        place = {name: values.pop(name) for name in _COORDINATES if name in values}
        if place:
            values["location"] = place
        record = customers.new_row(self.context.tenant.id, drafted(values, NewCustomer), now=self.context.now)
        fields = _with_status(record, set(values), active)
        if "external_id" in row.values:
            record.external_key = row.key
            fields |= {"external_key"}
        return record, fields

    def present(self, row: Row, draft: tuple[Customer, set[str]]) -> str | None:
        """The customer with the same name and number; for a row with an id, one without an external key.

        Two customers of the other system may share name and number. Then the first such row gets our customer.
        """
        record, _ = draft
        if row.namesake or record.phone is None:
            return None
        name = folded(record.name)
        if "external_id" in row.values:
            return self._unclaimed_ids.get((name, record.phone))
        return next((each.id for each in self._by_phone.of(record.phone) if folded(each.name) == name), None)

    def new(self, draft: tuple[Customer, set[str]]) -> Customer:
        return draft[0]

    def changes(self, record: Customer, draft: tuple[Customer, set[str]]) -> dict[str, Any]:
        new_values = _values_of(*draft)
        location = new_values.get("location")
        if location and record.location and _degrees(location) == _degrees(record.location):
            new_values["location"] = record.location
        return customers.with_derived_values(record, new_values)


class Drivers(RowPlanner):
    """As Customers."""

    model = Driver

    def draft(self, row: Row) -> tuple[Driver, set[str]]:
        values = {**row.values}
        values.pop("external_id", None)
        active = values.pop("active", None)
        record = drivers.new_row(self.context.tenant.id, drafted(values, NewDriver), now=self.context.now)
        return record, _with_status(record, set(values), active)

    def new(self, draft: tuple[Driver, set[str]]) -> Driver:
        return draft[0]

    def changes(self, record: Driver, draft: tuple[Driver, set[str]]) -> dict[str, Any]:
        new_values = _values_of(*draft)
        texts = {name: new_values.get(name, getattr(record, name)) for name in ("name", "phone", "vehicle")}
        return {**new_values, "search_text": drivers.search_text(**texts)}


def _unclaimed_ids(tenant_id: str) -> dict[tuple[str, str], str]:
    """The ids of customers without an external key, by name and number; the oldest of each.

    One query of all customers per part: a tenant that migrates has few at first, and reading by number would take
    a call per row.
    """
    rows = Customer.query(
        tenant_id,
        filter_condition=Customer.external_key.does_not_exist() & Customer.phone.exists(),
        consistent_read=True,
        attributes_to_get=["id", "name", "phone"],
    )
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        found.setdefault((folded(row.name), str(row.phone)), row.id)
    return found


def _with_status(record: Customer | Driver, fields: set[str], active: str | None) -> set[str]:
    if active is None:
        return fields
    record.status = "active" if yes_or_no("active", active) else "suspended"
    return fields | {"status"}


def _values_of(record: Customer | Driver, fields: set[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in fields}


def _degrees(place: Location) -> tuple[float, float]:
    return float(place.latitude), float(place.longitude)
