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
from chalicelib.imports.map.columns import KIND_COLUMNS
from chalicelib.imports.queue import put_next_on_queue
from chalicelib.imports.read.file_table import MAX_BYTES, Format
from chalicelib.models.file_import import COUNTS, RUNNING, FileImport
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
        {field for field in new.mapping.values() if field and field not in KIND_COLUMNS[new.kind].fields}
    )
    if unknown:
        allowed = ", ".join(KIND_COLUMNS[new.kind].fields)
        raise Invalid(*((f"mapping.{field}", f"no such field; there are {allowed}") for field in unknown))
    named = [field for field in new.mapping.values() if field]
    if len(named) != len(set(named)):
        raise Invalid(("mapping", "two columns for one field"))
    spend(IMPORTS, principal.tenant_id, now=now)
    at = wire(now)
    job = FileImport(
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
    job.save(condition=FileImport.id.does_not_exist())
    log.info("import_created", extra={"import_id": job.id, "kind": job.kind})
    return job


@rule(roles=STAFF)
def get_import(principal: Principal, import_id: str) -> FileImport:
    """One import. Raises NotFound; Forbidden for an import of users unless the principal is an admin."""
    job = get_row(FileImport, principal.tenant_id, import_id, "import")
    _check_allowed(principal, job.kind)
    return job


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
    rows, next_cursor = first_page(found, part.limit, lambda job: job.id)
    return [job for job in rows if job.kind != "users" or principal.role == ADMIN], next_cursor


@rule(roles=STAFF)
def start_check(principal: Principal, import_id: str, *, correlation_id: str, now: datetime) -> FileImport:
    """Starts reading the file and checking all rows. Raises NotFound, Forbidden or Conflict."""
    job = get_import(principal, import_id)
    if job.state == "checking" and stalled(job, now):
        return _requeue_part(job, now)
    if job.state not in _CHECKABLE or (job.state == "failed" and job.step == "write"):
        raise _not_ready(job)
    begun = _begin(job, "checking", "read", principal, correlation_id, now)
    log.info("import_check_started", extra={"import_id": job.id, "kind": job.kind})
    return begun


@rule(roles=STAFF)
def start_commit(principal: Principal, import_id: str, *, correlation_id: str, now: datetime) -> FileImport:
    """Starts writing the checked rows. Raises NotFound, Forbidden, or Conflict with counts if rows have errors."""
    job = get_import(principal, import_id)
    gave_up = job.state == "failed" and job.step in ("recheck", "write")
    if gave_up or (job.state == "committing" and stalled(job, now)):
        return _requeue_part(job, now)
    if job.state != "checked":
        raise _not_ready(job)
    if job.failed:
        raise Conflict(
            f"{int(job.failed)} rows have errors; nothing is written before all are right.",
            code=ErrorCode.IMPORT_HAS_ERRORS,
            rows=counts(job),
        )
    begun = _begin(job, "committing", "recheck", principal, correlation_id, now)
    log.info("import_commit_started", extra={"import_id": job.id, "kind": job.kind})
    return begun


def resume(tenant_id: str, import_id: str, run: str, *, now: datetime) -> bool:
    """Continues a failed import at the part that failed; for the operator.

    Returns False if the import has not failed, was started again, or was deleted.
    """
    job = FileImport.find(tenant_id, import_id, consistent_read=True)
    if job is None:
        return False
    if job.state != "failed" or job.run != run:
        return False
    _requeue_part(job, now)
    return True


def stalled(job: FileImport, now: datetime) -> bool:
    """Whether the import is running but has made no progress for STALLED."""
    return job.state in RUNNING and now - from_wire(job.updated_at) > STALLED


def counts(job: FileImport) -> dict[str, int]:
    """The number of rows by outcome."""
    return {"total": int(job.total), **{name: int(getattr(job, name)) for name in COUNTS}}


def step_change(step: str) -> list[Action]:
    """Starts a step and resets its counts."""
    return [
        FileImport.step.set(step),
        FileImport.part.set(0),
        *(getattr(FileImport, name).set(0) for name in COUNTS if step != "write" or name != "checked"),
    ]


def update_job(job: FileImport, actions: list[Action], condition: Condition, now: datetime) -> bool:
    """Updates the import's row, and `row` with it. Returns False if the condition fails."""
    return job.update_if([*actions, FileImport.updated_at.set(wire(now))], condition)


def _begin(
    job: FileImport, state: str, step: str, principal: Principal, correlation_id: str, now: datetime
) -> FileImport:
    spend(IMPORTS, job.tenant_id, now=now)
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
    condition = (FileImport.state == job.state) & (FileImport.updated_at == job.updated_at)
    if job.run is not None:
        condition &= FileImport.run == job.run
    else:
        condition &= FileImport.run.does_not_exist()
    if not update_job(job, actions, condition, now):
        job.refresh(consistent_read=True)
        raise _not_ready(job)
    put_next_on_queue(job)
    return job


def _requeue_part(job: FileImport, now: datetime) -> FileImport:
    """Puts the part at which the import stopped on the queue again; running a part twice changes nothing."""
    state = "checking" if job.step in ("read", "check") else "committing"
    condition = (FileImport.run == job.run) & (FileImport.updated_at == job.updated_at)
    if not update_job(job, [FileImport.state.set(state), FileImport.problem.remove()], condition, now):
        job.refresh(consistent_read=True)
        raise _not_ready(job)
    log.info("import_pushed", extra={"import_id": job.id, "step": job.step, "part": int(job.part)})
    put_next_on_queue(job)
    return job


def _not_ready(job: FileImport) -> Conflict:
    return Conflict(
        f"The import is {job.state}.", code=ErrorCode.IMPORT_NOT_READY, state=job.state, rows=counts(job)
    )


def _check_allowed(principal: Principal, kind: str) -> None:
    if kind == "users" and principal.role != ADMIN:
        raise Forbidden("Users are an admin's.")
