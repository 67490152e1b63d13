"""Runs the parts of an import, one per message: read the file, check rows, check them again, write them.

For each part the function does the work, then moves the import to the next part, then puts that part on the queue.
If it dies in between, SQS delivers the message again: the function then repeats the part, or only puts the next
one on the queue.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import ADMIN, Principal
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid, Refusal
from chalicelib.core.logs import log
from chalicelib.imports import jobs, storage
from chalicelib.imports.map.columns import columns_of
from chalicelib.imports.map.rows import Row, rows_of
from chalicelib.imports.plan.import_types import import_type_class
from chalicelib.imports.plan.planning import Context, ImportType, plan_rows
from chalicelib.imports.queue import QueuedPart, put_next_on_queue
from chalicelib.imports.read.tables import read_table
from chalicelib.imports.write import write_plans, write_rows
from chalicelib.models.file_import import COUNTS, FileImport
from chalicelib.tenants.tenants import get_tenant

# A part's rows are written within two seconds. The function has two minutes, for sheets of a million cells.
ROWS_PER_PART: Final = 200

# The states of a running import.
_STATES: Final = ("checking", "committing")


def run_part(message: QueuedPart, *, now: datetime, rows_per_part: int | None = None) -> str:
    """Runs the message's part if it has not run yet; returns a word for the log. Idempotent.

    rows_per_part: overrides ROWS_PER_PART.
    """
    try:
        row = FileImport.get(message.tenant_id, message.import_id, consistent_read=True)
    except FileImport.DoesNotExist:
        return "gone"
    if row.run != message.run or row.state not in _STATES:
        return "outdated"
    if (row.step, row.part) != (message.step, message.part):
        # The function that ran this part may have died before it put the next one on the queue.
        if _follows(row, message):
            put_next_on_queue(row)
            return "repeated"
        return "outdated"
    if row.step == "read":
        _read(row, now, rows_per_part or ROWS_PER_PART)
    else:
        _run_part(row, now)
    if row.state in _STATES:
        put_next_on_queue(row)
    return "done"


def mark_failed(message: QueuedPart, *, now: datetime) -> None:
    """After the last attempt: marks the import as failed. Written rows stay; staff can continue a commit."""
    row = FileImport(message.tenant_id, message.import_id)
    problem = _problem(ErrorCode.INTERNAL_ERROR, "a part could not be done at any try")
    actions = [FileImport.state.set("failed"), problem]
    condition = (
        (FileImport.run == message.run)
        & (FileImport.step == message.step)
        & (FileImport.part == message.part)
        & FileImport.state.is_in(*_STATES)
    )
    if jobs.changed(row, actions, condition, now):
        log.error("import_failed", extra={"import_id": row.id, "step": message.step, "part": message.part})


def _follows(row: FileImport, message: QueuedPart) -> bool:
    if row.step == message.step:
        return bool(row.part == message.part + 1)
    steps = ("read", "check", "recheck", "write")
    return bool(row.part == 0 and steps.index(row.step) == steps.index(message.step) + 1)


def _read(row: FileImport, now: datetime, rows_per_part: int) -> None:
    """Reads the file and splits it into parts, or refuses it."""
    try:
        table = read_table(storage.uploaded(row), row.format)
        columns = columns_of(row.kind, table.header, msgspec.json.decode(row.mapping))
        rows = rows_of(row.kind, row.source, columns, table.lines)
    except Invalid as refusal:
        _refuse(row, refusal, now)
        return
    parts = [rows[start : start + rows_per_part] for start in range(0, len(rows), rows_per_part)]
    for number, part in enumerate(parts):
        storage.put_part(row, row.run, number, part)
    actions: list[Action] = [
        FileImport.reading.set(row.run),
        FileImport.parts.set(len(parts)),
        FileImport.total.set(len(rows)),
        FileImport.columns.set(msgspec.json.encode(columns.headers).decode()),
        FileImport.unused.set([text[:100] for text in columns.unused if text]),
        *jobs.step_change("check"),
    ]
    if table.encoding is not None:
        actions.append(FileImport.encoding.set(table.encoding))
    _advance(row, actions, now)


def _run_part(row: FileImport, now: datetime) -> None:
    """Runs the current part, and moves the import to the next part or step."""
    try:
        rows = storage.get_part(row, int(row.part))
    except storage.PartGone as refusal:
        _refuse(row, refusal, now)
        return
    import_type = _import_type(row, now)
    outcomes = write_rows(row, import_type, rows) if row.step == "write" else _checked_rows(row, import_type, rows)
    through = "written" if row.step == "write" else "checked"
    counted: list[Action] = [
        getattr(FileImport, name).set(int(getattr(row, name)) + outcomes[name]) for name in COUNTS[2:]
    ]
    counted.append(getattr(FileImport, through).set(int(getattr(row, through)) + len(rows)))
    counted.append(FileImport.part.set(row.part + 1))
    if row.part + 1 < row.parts:
        _advance(row, counted, now)
        return
    _advance(row, _end(row, int(row.failed) + outcomes["failed"], counted, now), now)
    log.info("import_step_done", extra={"import_id": row.id, "step": row.step, "state": row.state})


def _end(row: FileImport, failed: int, counted: list[Action], now: datetime) -> list[Action]:
    """The changes that end a step."""
    at = wire(now)
    if row.step == "check" or (row.step == "recheck" and failed):
        return [*counted, FileImport.state.set("checked"), FileImport.checked_at.set(at)]
    if row.step == "recheck":
        # The counts are reset and then count written rows.
        return [*jobs.step_change("write"), FileImport.checked.set(row.total)]
    ended = [*counted, FileImport.state.set("done"), FileImport.finished_at.set(at)]
    if failed:
        # A row may be valid at the second check and invalid when it is written, for example if a username was
        # taken.
        ended.append(
            _problem(
                ErrorCode.ROWS_FAILED, f"{failed} rows could not be written; correct them, bring the file again"
            )
        )
    return ended


def _checked_rows(row: FileImport, import_type: ImportType, rows: Sequence[Row]) -> Counter[str]:
    plans = plan_rows(import_type, rows)
    write_plans(row, plans, import_type.context)
    return Counter(plan.outcome for plan in plans)


def _import_type(row: FileImport, now: datetime) -> ImportType:
    tenant = get_tenant(row.tenant_id)
    principal = Principal(tenant.id, tenant.kind, row.committed_by or row.made_by, ADMIN, "", 0)
    return import_type_class(row.kind)(Context(tenant, principal, row.source, row.correlation_id, now))


def _advance(row: FileImport, actions: list[Action], now: datetime) -> None:
    condition = (FileImport.run == row.run) & (FileImport.step == row.step) & (FileImport.part == row.part)
    if not jobs.changed(row, actions, condition, now):
        # Another function ran this part at the same time and was first. Both put the next part on the queue.
        row.refresh(consistent_read=True)


def _refuse(row: FileImport, refusal: Refusal, now: datetime) -> None:
    # Written rows stay; importing the same file again writes the others.
    state = "failed" if row.step == "write" else "refused"
    _advance(row, [FileImport.state.set(state), _problem(refusal.code, refusal.detail)], now)
    log.info("import_refused", extra={"import_id": row.id, "step": row.step, "code": refusal.code})


def _problem(code: ErrorCode, detail: str) -> Action:
    return FileImport.problem.set(msgspec.json.encode({"code": code, "detail": detail}).decode())
