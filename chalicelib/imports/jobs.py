"""The states of an import, and who may change them:

waiting_for_file ─check→ checking ─→ checked ─commit→ committing ─→ done
                           └→ refused (the file)          └→ checked (records changed after the check)

failed: all attempts of a part failed. Then `check` starts again, and `commit` continues at that part. After 15
minutes without progress staff may do both before the last attempt, which takes an hour; SQS may still continue the
import.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import ADMIN, STAFF, Principal
from chalicelib.auth.rate_limits import Limit, spend
from chalicelib.auth.rules import rule
from chalicelib.core.clock import from_wire, new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, Invalid, TooLarge
from chalicelib.core.fields import Id, Part
from chalicelib.core.logs import log
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.imports.drafts import NewImport
from chalicelib.imports.map.columns import TYPE_COLUMNS
from chalicelib.imports.queue import put_next_on_queue
from chalicelib.imports.read.file_table import MAX_BYTES, Format
from chalicelib.models.base import condition_failed
from chalicelib.models.file_import import COUNTS, FileImport
from chalicelib.models.lookup import get_row

# A part takes seconds. If its function dies, SQS delivers the part again after twelve minutes.
STALLED: Final = timedelta(minutes=15)

# Creating, checking and committing count one each: enough for forty imports at once, or for a migration of ten
# files that are each uploaded and checked five times.
IMPORTS: Final = Limit(
    "imports",
    120,
    3600,
    code=ErrorCode.TOO_MANY_IMPORTS,
    detail="Too many imports in an hour. Wait before the next one.",
)

_CHECKABLE: Final = ("waiting_for_file", "checked", "refused", "failed")
_FORMATS: Final[dict[str, Format]] = {"csv": "csv", "txt": "csv", "tsv": "csv", "xlsx": "xlsx"}


@rule(roles=STAFF)
def create_import(principal: Principal, new: NewImport, *, correlation_id: str, now: datetime) -> FileImport:
    """Creates an import, which waits for its file. Raises Invalid, Forbidden, TooLarge or TooFast."""
    _check_allowed(principal, new.kind)
    if new.size > MAX_BYTES:
        raise TooLarge(f"A file may have {MAX_BYTES} bytes at most.")
    format_ = new.format or _FORMATS.get(new.file_name.rpartition(".")[2].lower())
    unknown = sorted(
        {field for field in new.mapping.values() if field and field not in TYPE_COLUMNS[new.kind].fields}
    )
    if unknown:
        allowed = ", ".join(TYPE_COLUMNS[new.kind].fields)
        raise Invalid(*((f"mapping.{field}", f"no such field; there are {allowed}") for field in unknown))
    named = [field for field in new.mapping.values() if field]
    if len(named) != len(set(named)):
        raise Invalid(("mapping", "two columns for one field"))
    spend(IMPORTS, principal.tenant_id, now=now)
    at = wire(now)
    row = FileImport(
        principal.tenant_id,
        new_id(),
        kind=new.kind,
        file_name=new.file_name,
        format=format_,
        source=new.source,
        mapping=msgspec.json.encode(new.mapping).decode(),
        state="waiting_for_file",
        made_by=principal.user_id,
        correlation_id=correlation_id,
        created_at=at,
        updated_at=at,
    )
    row.save(condition=FileImport.id.does_not_exist())
    log.info("import_created", extra={"import_id": row.id, "kind": row.kind})
    return row


@rule(roles=STAFF)
def get_import(principal: Principal, import_id: str) -> FileImport:
    """One import. Raises NotFound; Forbidden for an import of users unless the principal is an admin."""
    row = get_row(FileImport, principal.tenant_id, import_id, "import")
    _check_allowed(principal, row.kind)
    return row


@rule(roles=STAFF)
def list_imports(principal: Principal, part: Part) -> tuple[Sequence[FileImport], str | None]:
    """A page of imports, newest first. Imports of users are for admins only, so others may receive a shorter page.

    Raises Invalid.
    """
    before = None if part.cursor is None else FileImport.id < decode_cursor(part.cursor, Id)
    found = list(
        FileImport.query(
            principal.tenant_id, before, limit=part.limit + 1, scan_index_forward=False, consistent_read=True
        )
    )
    rows, next_cursor = first_page(found, part.limit, lambda row: row.id)
    return [row for row in rows if row.kind != "users" or principal.role == ADMIN], next_cursor


@rule(roles=STAFF)
def start_check(principal: Principal, import_id: str, *, correlation_id: str, now: datetime) -> FileImport:
    """Starts reading the file and checking all rows. Raises NotFound, Forbidden or Conflict."""
    row = get_import(principal, import_id)
    if row.state == "checking" and stalled(row, now):
        return _requeue_part(row, now)
    if row.state not in _CHECKABLE or (row.state == "failed" and row.step == "write"):
        raise _not_ready(row)
    begun = _begin(row, "checking", "read", principal, correlation_id, now)
    log.info("import_check_started", extra={"import_id": row.id, "kind": row.kind})
    return begun


@rule(roles=STAFF)
def start_commit(principal: Principal, import_id: str, *, correlation_id: str, now: datetime) -> FileImport:
    """Starts writing the checked rows. Raises NotFound, Forbidden, or Conflict with counts if rows have errors."""
    row = get_import(principal, import_id)
    gave_up = row.state == "failed" and row.step in ("recheck", "write")
    if gave_up or (row.state == "committing" and stalled(row, now)):
        return _requeue_part(row, now)
    if row.state != "checked":
        raise _not_ready(row)
    if row.failed:
        raise Conflict(
            f"{int(row.failed)} rows have errors; nothing is written before all are right.",
            code=ErrorCode.IMPORT_HAS_ERRORS,
            rows=counts(row),
        )
    begun = _begin(row, "committing", "recheck", principal, correlation_id, now)
    log.info("import_commit_started", extra={"import_id": row.id, "kind": row.kind})
    return begun


def resume(tenant_id: str, import_id: str, run: str, *, now: datetime) -> bool:
    """Continues a failed import at the part that failed; for the operator.

    Returns False if the import has not failed, was started again, or was deleted.
    """
    try:
        row = FileImport.get(tenant_id, import_id, consistent_read=True)
    except FileImport.DoesNotExist:
        return False
    if row.state != "failed" or row.run != run:
        return False
    _requeue_part(row, now)
    return True


def stalled(row: FileImport, now: datetime) -> bool:
    """Whether the import is running but has made no progress for STALLED."""
    return row.state in ("checking", "committing") and now - from_wire(row.updated_at) > STALLED


def counts(row: FileImport) -> dict[str, int]:
    """The number of rows by outcome."""
    return {"total": int(row.total), **{name: int(getattr(row, name)) for name in COUNTS}}


def step_change(step: str, part: int = 0) -> list[Action]:
    """Starts a step and resets its counts."""
    return [
        FileImport.step.set(step),
        FileImport.part.set(part),
        *(getattr(FileImport, name).set(0) for name in COUNTS if step != "write" or name != "checked"),
    ]


def changed(row: FileImport, actions: list[Action], condition: Condition, now: datetime) -> bool:
    """Updates the import's row, and `row` with it. Returns False if the condition fails."""
    try:
        row.update([*actions, FileImport.updated_at.set(wire(now))], condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def _begin(
    row: FileImport, state: str, step: str, principal: Principal, correlation_id: str, now: datetime
) -> FileImport:
    spend(IMPORTS, row.tenant_id, now=now)
    at = wire(now)
    actions = [
        FileImport.state.set(state),
        FileImport.run.set(new_id()),
        FileImport.correlation_id.set(correlation_id),
        FileImport.problem.remove(),
        *step_change(step),
    ]
    if step == "read":
        actions += [FileImport.parts.set(0), FileImport.total.set(0), FileImport.reading.remove()]
    else:
        actions += [FileImport.committed_at.set(at), FileImport.committed_by.set(principal.user_id)]
    # Of two concurrent requests the second one finds another `updated_at` and fails.
    condition = (FileImport.state == row.state) & (FileImport.updated_at == row.updated_at)
    if row.run is not None:
        condition &= FileImport.run == row.run
    else:
        condition &= FileImport.run.does_not_exist()
    if not changed(row, actions, condition, now):
        row.refresh(consistent_read=True)
        raise _not_ready(row)
    put_next_on_queue(row)
    return row


def _requeue_part(row: FileImport, now: datetime) -> FileImport:
    """Puts the part at which the import stopped on the queue again; running a part twice changes nothing."""
    state = "checking" if row.step in ("read", "check") else "committing"
    condition = (FileImport.run == row.run) & (FileImport.updated_at == row.updated_at)
    if not changed(row, [FileImport.state.set(state), FileImport.problem.remove()], condition, now):
        row.refresh(consistent_read=True)
        raise _not_ready(row)
    log.info("import_pushed", extra={"import_id": row.id, "step": row.step, "part": int(row.part)})
    put_next_on_queue(row)
    return row


def _not_ready(row: FileImport) -> Conflict:
    return Conflict(
        f"The import is {row.state}.", code=ErrorCode.IMPORT_NOT_READY, state=row.state, rows=counts(row)
    )


def _check_allowed(principal: Principal, kind: str) -> None:
    if kind == "users" and principal.role != ADMIN:
        raise Forbidden("Users are an admin's.")
