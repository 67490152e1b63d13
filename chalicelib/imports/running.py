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
from chalicelib.core.groups import slices
from chalicelib.core.logs import log
from chalicelib.imports import jobs, storage
from chalicelib.imports.map.columns import ImportKind, columns_of
from chalicelib.imports.map.rows import Row, rows_of
from chalicelib.imports.plan.planners import planner_class
from chalicelib.imports.plan.planning import Context, RowPlanner, plan_rows
from chalicelib.imports.queue import QueuedPart, put_next_on_queue
from chalicelib.imports.read.tables import read_table
from chalicelib.imports.report import report_plans
from chalicelib.imports.write import write_rows
from chalicelib.models.file_import import COUNTS, RUNNING, STEPS, FileImport
from chalicelib.tenants.tenants import get_tenant

# A part's rows are written within two seconds. The function has two minutes, for sheets of a million cells.
ROWS_PER_PART: Final = 200


def run_part(message: QueuedPart, *, now: datetime, rows_per_part: int | None = None) -> str:
    """Runs the message's part if it has not run yet; returns a word for the log. Idempotent.

    rows_per_part: overrides ROWS_PER_PART.
    """
    job = FileImport.find(message.tenant_id, message.import_id, consistent_read=True)
    if job is None:
        return "gone"
    if job.run != message.run or job.state not in RUNNING:
        return "outdated"
    if (job.step, job.part) != (message.step, message.part):
        # The function that ran this part may have died before it put the next one on the queue.
        if _follows(job, message):
            put_next_on_queue(job)
            return "repeated"
        return "outdated"
    if job.step == "read":
        _read(job, now, rows_per_part or ROWS_PER_PART)
    else:
        _process_rows(job, now)
    if job.state in RUNNING:
        put_next_on_queue(job)
    return "done"


def mark_failed(message: QueuedPart, *, now: datetime) -> None:
    """After the last attempt: marks the import as failed. Written rows stay; staff can continue a commit."""
    job = FileImport(message.tenant_id, message.import_id)
    problem = _problem(ErrorCode.INTERNAL_ERROR, "a part could not be done at any try")
    actions = [FileImport.state.set("failed"), problem]
    condition = (
        (FileImport.run == message.run)
        & (FileImport.step == message.step)
        & (FileImport.part == message.part)
        & FileImport.state.is_in(*RUNNING)
    )
    if jobs.update_job(job, actions, condition, now):
        log.error("import_failed", extra={"import_id": job.id, "step": message.step, "part": message.part})


def _follows(job: FileImport, message: QueuedPart) -> bool:
    if job.step == message.step:
        return bool(job.part == message.part + 1)
    return bool(job.part == 0 and STEPS.index(job.step) == STEPS.index(message.step) + 1)


def _read(job: FileImport, now: datetime, rows_per_part: int) -> None:
    """Reads the file and splits it into parts, or refuses it."""
    try:
        table = read_table(storage.get_upload(job), job.format)
        columns = columns_of(_kind(job), table.header, msgspec.json.decode(job.mapping))
        rows = rows_of(_kind(job), job.source, columns, table.lines)
    except Invalid as refusal:
        _refuse(job, refusal, now)
        return
    parts = list(slices(rows, rows_per_part))
    for number, part in enumerate(parts):
        storage.put_part(job, job.run, number, part)
    actions: list[Action] = [
        FileImport.reading.set(job.run),
        FileImport.parts.set(len(parts)),
        FileImport.total.set(len(rows)),
        FileImport.columns.set(msgspec.json.encode(columns.headers).decode()),
        FileImport.unused.set([text[:100] for text in columns.unused if text]),
        *jobs.step_change("check"),
    ]
    if table.encoding is not None:
        actions.append(FileImport.encoding.set(table.encoding))
    _advance(job, actions, now)


def _process_rows(job: FileImport, now: datetime) -> None:
    """Runs the current part, and moves the import to the next part or step."""
    try:
        rows = storage.get_part(job, int(job.part))
    except storage.PartGone as refusal:
        _refuse(job, refusal, now)
        return
    planner = _planner(job, now)
    outcomes = write_rows(job, planner, rows) if job.step == "write" else _check_rows(job, planner, rows)
    through = "written" if job.step == "write" else "checked"
    counted: list[Action] = [
        getattr(FileImport, name).set(int(getattr(job, name)) + outcomes[name]) for name in COUNTS[2:]
    ]
    counted.append(getattr(FileImport, through).set(int(getattr(job, through)) + len(rows)))
    counted.append(FileImport.part.set(job.part + 1))
    if job.part + 1 < job.parts:
        _advance(job, counted, now)
        return
    _advance(job, _end(job, int(job.failed) + outcomes["failed"], counted, now), now)
    log.info("import_step_done", extra={"import_id": job.id, "step": job.step, "state": job.state})


def _end(job: FileImport, failed: int, counted: list[Action], now: datetime) -> list[Action]:
    """The changes that end a step."""
    at = wire(now)
    if job.step == "check" or (job.step == "recheck" and failed):
        return [*counted, FileImport.state.set("checked"), FileImport.checked_at.set(at)]
    if job.step == "recheck":
        # The counts are reset and then count written rows.
        return [*jobs.step_change("write"), FileImport.checked.set(job.total)]
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


def _check_rows(job: FileImport, planner: RowPlanner, rows: Sequence[Row]) -> Counter[str]:
    plans = plan_rows(planner, rows)
    report_plans(job, plans, planner.context, run=None)
    return Counter(plan.outcome for plan in plans)


def _planner(job: FileImport, now: datetime) -> RowPlanner:
    tenant = get_tenant(job.tenant_id)
    principal = Principal(tenant.id, tenant.kind, job.committed_by or job.made_by, ADMIN, "", 0)
    return planner_class(_kind(job))(Context(tenant, principal, job.source, job.correlation_id, now))


def _kind(job: FileImport) -> ImportKind:
    return msgspec.convert(job.kind, ImportKind)


def _advance(job: FileImport, actions: list[Action], now: datetime) -> None:
    condition = (FileImport.run == job.run) & (FileImport.step == job.step) & (FileImport.part == job.part)
    if not jobs.update_job(job, actions, condition, now):
        # Another function ran this part at the same time and was first. Both put the next part on the queue.
        job.refresh(consistent_read=True)


def _refuse(job: FileImport, refusal: Refusal, now: datetime) -> None:
    # Written rows stay; importing the same file again writes the others.
    state = "failed" if job.step == "write" else "refused"
    _advance(job, [FileImport.state.set(state), _problem(refusal.code, refusal.detail)], now)
    log.info("import_refused", extra={"import_id": job.id, "step": job.step, "code": refusal.code})


def _problem(code: ErrorCode, detail: str) -> Action:
    return FileImport.problem.set(msgspec.json.encode({"code": code, "detail": detail}).decode())
