"""Kinds that are read and checked, but have no place here yet: each row is `skipped` and says why.

Once routes and order templates are kept, each gets a Kind of its own like those in people.py, and its line in
`KINDS` of kinds.py leads there instead. Their old ids are keys already by then (`routes#<source>#<id>`).
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from msgspec import Struct

from chalicelib.fields import ShortText
from chalicelib.imports.planning import Kind, Skipped
from chalicelib.imports.references import References
from chalicelib.imports.rows import Row
from chalicelib.imports.texts import day, drafted
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.external_key import ExternalKey


class _Named(Struct, frozen=True):
    name: ShortText | None = None


class _Later(Kind):
    model = ExternalKey  # none of its own yet; nothing is ever looked up in it
    reason: str

    def new(self, draft: Any) -> NoReturn:
        raise Skipped(self.reason)

    def changes(self, record: Any, draft: Any) -> NoReturn:
        raise Skipped(self.reason)


class Routes(_Later):
    """Days and drivers are checked."""

    reason = "routes are not kept here yet"

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._drivers = References(Driver, "drivers", "driver_id", tenant_id, source, rows)

    def draft(self, row: Row) -> None:
        drafted({name: row.values[name] for name in ("name",) if name in row.values}, _Named)
        if "date" in row.values:
            day("date", row.values["date"])
        self._drivers.of(row)


class Templates(_Later):
    """Customers are checked."""

    reason = "order templates are not kept here yet"

    def look_up(self, rows: Sequence[Row]) -> None:
        tenant_id, source = self.context.tenant.id, self.context.source
        self._customers = References(Customer, "customers", "customer_id", tenant_id, source, rows)

    def draft(self, row: Row) -> None:
        drafted({name: row.values[name] for name in ("name",) if name in row.values}, _Named)
        self._customers.of(row)
