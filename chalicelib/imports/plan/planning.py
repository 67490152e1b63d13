"""Decides the outcome of each row of a part. Reads the records for all rows together; writes nothing.

A record belongs to its external key. A row with the digest that was written last is `unchanged`, even if the
record has changed since: importing a file again must not undo changes made in between.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import wire
from chalicelib.core.errors import Invalid
from chalicelib.imports.map.rows import Row
from chalicelib.models.base import Table
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.tenant import Tenant


class Context(Struct, frozen=True):
    """The tenant and the user of an import. source: the system of the file's ids."""

    tenant: Tenant
    principal: Principal
    source: str
    correlation_id: str
    now: datetime


class Skipped(Exception):
    """The row is not imported, for the reason in the message; this is no error."""


class RowPlan(Struct, kw_only=True):
    """outcome: as in ImportRow. record: to put, or to update with `changes`; None if nothing is written."""

    row: Row
    outcome: str
    record: Any = None
    changes: dict[str, Any] = {}
    key: ExternalKey | None = None
    note: str | None = None
    errors: list[tuple[str, str]] = []

    @property
    def record_id(self) -> str | None:
        """The id of the row's record."""
        if self.record is not None:
            return str(self.record.id)
        return self.key.id if self.key else None


class RowPlanner(ABC):
    """Plans the records for rows of one kind. Each part has its own planner, which caches its look-ups."""

    model: ClassVar[Any]
    # What staff still have to do for a new record.
    note: ClassVar[str | None] = None
    # Whether a newer file changes only records that were not changed here after the last import.
    only_untouched: ClassVar[bool] = False
    # How many rows make one transaction of at most 100 writes: the record, its key, its line of the report,
    # and one more.
    rows_at_once: ClassVar[int] = 25

    def __init__(self, context: Context) -> None:
        self.context = context

    def look_up(self, rows: Sequence[Row]) -> None:  # noqa: B027 — not every kind refers to others
        """Reads the records that the rows refer to, in as few calls as possible."""

    @abstractmethod
    def draft(self, row: Row) -> Any:
        """The row as typed values. Raises Invalid or Skipped."""

    def present(self, row: Row, draft: Any) -> str | None:
        """The id of a record that matches the row but has no external key for it. Raises Invalid."""
        return None

    @abstractmethod
    def new(self, draft: Any) -> Table:
        """The new record of a row. Raises Invalid or Skipped."""

    @abstractmethod
    def changes(self, record: Any, draft: Any) -> dict[str, Any]:
        """The attributes of a changed row, including those with equal values. Raises Invalid or Skipped."""

    def unseen(self, record: Any) -> Condition:
        """The condition that the record has not changed since it was read."""
        return self.model.version == record.version

    def stamp(self, record: Any) -> dict[str, Any]:
        """The attributes that every change sets."""
        return {"version": record.version + 1, "updated_at": wire(self.context.now)}

    def write_along(self, write: TransactWrite, plan: RowPlan) -> None:  # noqa: B027 — mostly nothing
        """Adds the writes that belong to a new or changed record to its transaction."""


def plan_rows(planner: RowPlanner, rows: Sequence[Row]) -> list[RowPlan]:
    """The plans of the rows. Writes nothing."""
    context = planner.context
    keys = found_keys(context.tenant.id, [row.key for row in rows])
    planner.look_up(rows)
    plans: list[RowPlan] = []
    waiting: list[tuple[Row, Any, str, ExternalKey | None]] = []
    for row in rows:
        key = keys.get(row.key)
        try:
            if row.faults:
                raise Invalid(*row.faults)
            if key is not None and key.digest == row.digest:
                plans.append(RowPlan(row=row, outcome="unchanged", key=key))
                continue
            draft = planner.draft(row)
            if present := key.id if key else planner.present(row, draft):
                waiting.append((row, draft, present, key))
            else:
                record = planner.new(draft)
                plans.append(RowPlan(row=row, outcome="created", record=record, note=planner.note))
        except (Invalid, Skipped) as reason:
            plans.append(_plan_of_rejected(row, key, reason))
    records = found_records(planner.model, context.tenant.id, {present for _, _, present, _ in waiting})
    for row, draft, present, key in waiting:
        plans.append(_change(planner, row, draft, records.get(present), key))
    return sorted(plans, key=lambda plan: plan.row.number)


def found_keys(tenant_id: str, keys: Sequence[str]) -> dict[str, ExternalKey]:
    """The stored external keys among `keys`."""
    new_values = {(tenant_id, key) for key in keys}
    return {row.key: row for row in ExternalKey.batch_get(new_values, consistent_read=True)}


def found_records(model: Any, tenant_id: str, ids: set[str]) -> dict[str, Any]:
    """The stored records among `ids`."""
    new_values = {(tenant_id, each) for each in ids}
    return {row.id: row for row in model.batch_get(new_values, consistent_read=True)}


def _change(planner: RowPlanner, row: Row, draft: Any, record: Any, key: ExternalKey | None) -> RowPlan:
    if record is None:
        return RowPlan(
            row=row, outcome="failed", key=key, errors=[("external_id", "its record is not there any more")]
        )
    try:
        if planner.only_untouched and (key is None or record.version != key.version):
            raise Skipped("it was changed here since it was imported, and stays as it is")
        new_values = planner.changes(record, draft)
    except (Invalid, Skipped) as reason:
        return _plan_of_rejected(row, key, reason)
    changes = {name: value for name, value in new_values.items() if value != getattr(record, name)}
    # The key is written even if nothing differs, so that the next file finds the record and the row's digest.
    outcome = "updated" if changed_fields(changes) else "unchanged"
    return RowPlan(row=row, outcome=outcome, record=record, changes=changes, key=key)


def _plan_of_rejected(row: Row, key: ExternalKey | None, reason: Invalid | Skipped) -> RowPlan:
    if isinstance(reason, Skipped):
        return RowPlan(row=row, outcome="skipped", key=key, note=str(reason))
    errors = [(each["field"], each["message"]) for each in reason.extra["errors"]]
    return RowPlan(row=row, outcome="failed", key=key, errors=errors)


def changed_fields(changes: Mapping[str, Any]) -> list[str]:
    """The names of changed fields, without internal attributes."""
    ours = ("_key", "_text", "due_queue", "due_at", "money_changes", "reduced_at")
    return sorted(name for name in changes if not name.endswith(ours))
