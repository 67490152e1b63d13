"""Writes a part: each row's record, its external key and its row of the report in one transaction.

So each row is written exactly once, even if a function dies or SQS repeats the message: the report shows which
rows were written, and the keys show which records exist.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import epoch, wire
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import log
from chalicelib.core.transactions import cancellation_codes
from chalicelib.imports.map.rows import Row
from chalicelib.imports.plan.planning import Context, ImportType, RowPlan, changed_fields, plan_rows
from chalicelib.models.base import connection
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.file_import import FileImport
from chalicelib.models.import_row import ImportRow, RowError, report_key

REPORT_LIFETIME: Final = timedelta(days=30)

_ATTEMPTS: Final = 5


def write_rows(of: FileImport, import_type: ImportType, rows: Sequence[Row]) -> Counter[str]:
    """Writes the rows that are not written yet. Returns the number of rows by outcome, including earlier ones.

    Raises Unavailable if other writers were faster at every attempt; then the part can be repeated.
    """
    left = list(rows)
    done: Counter[str] = Counter()
    for attempt in range(_ATTEMPTS):
        plans = plan_rows(import_type, left)
        # Read after the records: a concurrent writer either shows up here, or one of us fails at its condition.
        before = written(of, [plan.row.number for plan in plans])
        done.update(before[plan.row.number].outcome for plan in plans if plan.row.number in before)
        plans = [plan for plan in plans if plan.row.number not in before]
        plain = [plan for plan in plans if plan.record is None]
        with ImportRow.batch_write() as batch:
            for plan in plain:
                batch.save(_report_row(of, plan, import_type.context, of.run))
        done.update(plan.outcome for plan in plain)
        # One by one after a failure, so that one row's failure does not affect the others.
        size = import_type.rows_at_once if attempt == 0 else 1
        left = []
        for group in _groups([plan for plan in plans if plan.record is not None], size):
            if _written_together(of, import_type, group):
                done.update(plan.outcome for plan in group)
            else:
                left += [plan.row for plan in group]
        if not left:
            return done
    raise Unavailable("These rows are being changed by others all the time.")


def written(of: FileImport, numbers: Sequence[int]) -> dict[int, ImportRow]:
    """The report's rows that this run has already written."""
    keys = {(report_key(of), number) for number in numbers}
    found = ImportRow.batch_get(keys, consistent_read=True) if keys else ()
    return {int(row.number): row for row in found if row.written_by == of.run}


def write_plans(of: FileImport, plans: Sequence[RowPlan], context: Context) -> None:
    """Writes the planned outcomes of the rows to the report."""
    with ImportRow.batch_write() as batch:
        for plan in plans:
            batch.save(_report_row(of, plan, context, None))


def _written_together(of: FileImport, import_type: ImportType, plans: Sequence[RowPlan]) -> bool:
    context = import_type.context
    try:
        with TransactWrite(connection=connection()) as write:
            for plan in plans:
                _write(write, import_type, plan)
                write.save(_report_row(of, plan, context, of.run))
    except TransactWriteError as error:
        codes = sorted(cancellation_codes(error))
        log.info("import_rows_not_written", extra={"import_id": of.id, "rows": len(plans), "codes": codes})
        return False
    return True


def _write(write: TransactWrite, import_type: ImportType, plan: RowPlan) -> None:
    record, version = plan.record, 1
    if plan.outcome == "created":
        write.save(record, condition=import_type.model.id.does_not_exist())
        import_type.write_along(write, plan)
    elif plan.changes:
        changes = {**plan.changes, **import_type.stamp(record)}
        attributes = import_type.model.get_attributes()
        actions = [
            attributes[name].remove() if value is None else attributes[name].set(value)
            for name, value in changes.items()
        ]
        write.update(record, actions=actions, condition=import_type.unseen(record))
        import_type.write_along(write, plan)
        version = int(changes.get("version", 1))
    else:
        version = int(getattr(record, "version", 1))
    context, seen = import_type.context, plan.key
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


def _report_row(of: FileImport, plan: RowPlan, context: Context, run: str | None) -> ImportRow:
    """A row of the report. run: the run that writes the record; None for a check."""
    headers: Mapping[str, str] = msgspec.json.decode(of.columns) if of.columns else {}
    errors = [
        RowError(field=field, column=headers.get(field.partition(".")[0]), message=message)
        for field, message in plan.errors
    ]
    number = plan.row.number
    return ImportRow(
        report_key(of),
        number,
        outcome=plan.outcome,
        # A check does not know the id of a new record.
        record_id=plan.record_id if plan.outcome != "created" or run is not None else None,
        changed=changed_fields(plan.changes) or None,
        note=plan.note,
        errors=errors or None,
        error_number=number if errors else None,
        written_by=run,
        expires_at=epoch(context.now + REPORT_LIFETIME),
    )


def _groups(plans: Sequence[RowPlan], size: int) -> Iterator[Sequence[RowPlan]]:
    for start in range(0, len(plans), size):
        yield plans[start : start + size]
