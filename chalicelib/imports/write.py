"""Writes a part: each row's record, its external key and its row of the report in one transaction.

So each row is written exactly once, even if a function dies or SQS repeats the message: the report shows which
rows were written, and the keys show which records exist.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import wire
from chalicelib.core.errors import Unavailable
from chalicelib.core.groups import slices
from chalicelib.core.logs import log
from chalicelib.core.transactions import cancellation_codes
from chalicelib.imports.map.rows import Row
from chalicelib.imports.plan.planning import RowPlan, RowPlanner, plan_rows
from chalicelib.imports.report import report_plans, report_row, written
from chalicelib.models.base import assign, connection
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.file_import import FileImport

_ATTEMPTS: Final = 5


def write_rows(job: FileImport, planner: RowPlanner, rows: Sequence[Row]) -> Counter[str]:
    """Writes the rows that are not written yet. Returns the number of rows by outcome, including earlier ones.

    Raises Unavailable if other writers were faster at every attempt; then the part can be repeated.
    """
    left = list(rows)
    done: Counter[str] = Counter()
    for attempt in range(_ATTEMPTS):
        plans = plan_rows(planner, left)
        # Read after the records: a concurrent writer either shows up here, or one of us fails at its condition.
        before = written(job, [plan.row.number for plan in plans])
        done.update(before[plan.row.number].outcome for plan in plans if plan.row.number in before)
        plans = [plan for plan in plans if plan.row.number not in before]
        plain = [plan for plan in plans if plan.record is None]
        report_plans(job, plain, planner.context, run=job.run)
        done.update(plan.outcome for plan in plain)
        # One by one after a failure, so that one row's failure does not affect the others.
        size = planner.rows_at_once if attempt == 0 else 1
        left = []
        for group in slices([plan for plan in plans if plan.record is not None], size):
            if _written_together(job, planner, group):
                done.update(plan.outcome for plan in group)
            else:
                left += [plan.row for plan in group]
        if not left:
            return done
    raise Unavailable("These rows are being changed by others all the time.")


def _written_together(job: FileImport, planner: RowPlanner, plans: Sequence[RowPlan]) -> bool:
    context = planner.context
    try:
        with TransactWrite(connection=connection()) as write:
            for plan in plans:
                _write(write, planner, plan)
                write.save(report_row(job, plan, context, job.run))
    except TransactWriteError as error:
        codes = sorted(cancellation_codes(error))
        log.info("import_rows_not_written", extra={"import_id": job.id, "rows": len(plans), "codes": codes})
        return False
    return True


def _write(write: TransactWrite, planner: RowPlanner, plan: RowPlan) -> None:
    record, version = plan.record, 1
    if plan.outcome == "created":
        write.save(record, condition=planner.model.id.does_not_exist())
        planner.write_along(write, plan)
    elif plan.changes:
        changes = {**plan.changes, **planner.stamp(record)}
        write.update(record, actions=assign(planner.model, changes), condition=planner.unseen(record))
        planner.write_along(write, plan)
        version = int(changes.get("version", 1))
    else:
        version = int(getattr(record, "version", 1))
    context, seen = planner.context, plan.key
    key = ExternalKey(
        context.tenant.id,
        plan.row.key,
        id=record.id,
        digest=plan.row.digest,
        version=version,
        updated_at=wire(context.now),
    )
    unseen = ExternalKey.key.does_not_exist() if seen is None else ExternalKey.digest == seen.digest
    write.save(key, condition=unseen)
