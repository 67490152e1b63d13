"""Tables of a restaurant, their unique numbers, and their QR codes."""

from datetime import datetime
from typing import Annotated, Any, get_args

from msgspec import UNSET, Meta, Struct, UnsetType
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.auth.table_codes import table_code
from chalicelib.core.clock import new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, stale
from chalicelib.core.fields import CONTROLS, Id, Version, WireTime, one_of, requested_fields
from chalicelib.core.logs import log
from chalicelib.core.search import folded
from chalicelib.core.settings import settings
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import transact
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.lookup import get_row
from chalicelib.models.table_number import TableNumber
from chalicelib.models.tenant import Tenant
from chalicelib.models.views import view_of
from chalicelib.records.rows import Listing, Status, change_row, page_of

# Without blanks at its ends and without control characters.
Number = Annotated[str, Meta(max_length=20, pattern=rf"^[^{CONTROLS}\s]([^{CONTROLS}\t\n]*[^{CONTROLS}\s])?\Z")]
Seats = Annotated[int, Meta(ge=1, le=200)]


class NewTable(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new table. number: its name, such as `A3`; unique in a restaurant."""

    number: Number
    seats: Seats = 4


class TableChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a table; absent fields do not change. A suspended table accepts no orders."""

    number: Number | UnsetType = UNSET
    seats: Seats | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    version: Version | None = None


class TableView(Struct):
    """A table. qr_generation: the number of its current code, from 1."""

    id: Id
    number: str
    seats: int
    status: Annotated[str, one_of(get_args(Status))]
    qr_generation: int
    version: int
    created_at: WireTime
    updated_at: WireTime


class QrView(Struct):
    """A table's current code. url: the text of the picture; null if the API's public URL is not known."""

    qr: str
    url: str | None
    valid_until: WireTime


@rule(roles=STAFF)
def get_table(principal: Principal, table_id: str) -> DiningTable:
    """Raises NotFound."""
    return get_row(DiningTable, principal.tenant_id, table_id, "table")


@rule(roles=STAFF)
def list_tables(principal: Principal, listing: Listing) -> tuple[list[DiningTable], str | None]:
    """As `page_of`."""
    return page_of(DiningTable, principal.tenant_id, listing)


@rule(roles=STAFF)
def create_table(_principal: Principal, tenant: Tenant, new: NewTable, *, now: datetime) -> DiningTable:
    """Creates a table. Raises Conflict `number_taken`, or Forbidden `not_a_restaurant`."""
    if tenant.kind != "table":
        raise Forbidden(code=ErrorCode.NOT_A_RESTAURANT)
    at = wire(now)
    row = DiningTable(
        tenant.id,
        new_id(),
        number=new.number,
        seats=new.seats,
        search_text=folded(new.number),
        created_at=at,
        updated_at=at,
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=DiningTable.id.does_not_exist())
        transaction.save(_claim(row, new.number), condition=TableNumber.number.does_not_exist())

    try:
        transact(write)
    except TransactWriteError as error:
        if not any(failed_conditions(error)):
            raise
        raise _taken(new.number) from error
    log.info("table_created", extra={"table_id": row.id})
    return row


@rule(roles=STAFF)
def change_table(principal: Principal, table_id: str, changes: TableChanges, *, now: datetime) -> DiningTable:
    """Changes a table and returns the row. The table number of existing orders does not change.

    Raises NotFound, Conflict `number_taken` or `stale_version`.
    """
    row = get_table(principal, table_id)
    new_values = requested_fields(changes)
    number = new_values.pop("number", row.number)
    if folded(number) != folded(row.number):
        return _renumber(row, number, new_values, changes.version, wire(now))
    changed = change_row(row, {**new_values, "number": number}, version=changes.version, at=wire(now))
    log.info("table_changed", extra={"table_id": row.id, "changed": changed})
    return row


@rule(roles=STAFF)
def renew_qr_code(principal: Principal, table_id: str, *, now: datetime) -> DiningTable:
    """Invalidates the table's codes and the tokens issued for them, and returns the row.

    Raises NotFound, or Conflict `stale_version`: after concurrent requests one of two printed codes would be
    invalid.
    """
    row = get_table(principal, table_id)
    change_row(row, {"qr_generation": int(row.qr_generation) + 1}, version=None, at=wire(now))
    log.info("table_code_renewed", extra={"table_id": row.id, "generation": int(row.qr_generation)})
    return row


def table_view(row: DiningTable) -> TableView:
    """The row for staff."""
    return view_of(TableView, row)


def qr_view(row: DiningTable, now: datetime) -> QrView:
    """The table's current code. Raises Unavailable."""
    qr, ends = table_code(row.tenant_id, row.id, int(row.qr_generation), now=now)
    base = settings().public_url
    return QrView(qr, f"{base}/v1/t/{qr}" if base else None, wire(ends))


def _renumber(
    row: DiningTable, number: str, new_values: dict[str, Any], version: int | None, at: str
) -> DiningTable:
    """Claims the new number, frees the old one and changes the row, in one transaction."""
    if version is not None and version != row.version:
        raise stale(int(row.version))
    actions = [
        *(getattr(DiningTable, name).set(value) for name, value in new_values.items()),
        DiningTable.number.set(number),
        DiningTable.search_text.set(folded(number)),
        DiningTable.version.set(DiningTable.version + 1),
        DiningTable.updated_at.set(at),
    ]

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            DiningTable(row.tenant_id, row.id), actions, condition=DiningTable.version == row.version
        )
        transaction.save(_claim(row, number), condition=TableNumber.number.does_not_exist())
        transaction.delete(_claim(row, row.number))

    try:
        transact(write)
    except TransactWriteError as error:
        _, of_the_number, of_the_row = failed_conditions(error)
        if of_the_row:
            raise stale(int(row.version) + 1) from error
        if of_the_number:
            raise _taken(number) from error
        raise
    log.info("table_changed", extra={"table_id": row.id, "changed": sorted({*new_values, "number"})})
    return get_row(DiningTable, row.tenant_id, row.id, "table")


def _claim(row: DiningTable, number: str) -> TableNumber:
    return TableNumber(row.tenant_id, folded(number), table_id=row.id)


def _taken(number: str) -> Conflict:
    return Conflict(f"There is a table {number} already.", code=ErrorCode.NUMBER_TAKEN)
