"""The report of an import: a check and a commit write a line for each row, staff read it page by page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from chalicelib.core.clock import epoch
from chalicelib.core.fields import one_of
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.imports.drafts import RowsQuery
from chalicelib.imports.plan.planning import Context, RowPlan, changed_fields
from chalicelib.models.file_import import OUTCOMES, FileImport
from chalicelib.models.import_row import ImportRow, RowError, report_key

# How long the lines of a report are stored.
REPORT_LIFETIME: Final = timedelta(days=30)

_Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class ErrorView(Struct):
    """An error of a row. column: the file's header for the field, if it has one."""

    field: str
    column: str | None
    message: str


class RowView(Struct):
    """row: its number as in a spreadsheet, with the header as 1. written: false if the outcome is only planned.

    outcome: `created`, `updated`, `unchanged`, `skipped` or `failed`; note: why it was skipped, or what staff
    still have to do.
    """

    row: int
    outcome: Annotated[str, one_of(OUTCOMES)]
    written: bool
    id: str | None
    changed: list[str]
    note: str | None
    errors: list[ErrorView]


def report_row(job: FileImport, plan: RowPlan, context: Context, run: str | None) -> ImportRow:
    """A line of the report. run: the commit that writes the record, or None during a check."""
    headers: Mapping[str, str] = msgspec.json.decode(job.columns) if job.columns else {}
    errors = [
        RowError(field=field, column=headers.get(field.partition(".")[0]), message=message)
        for field, message in plan.errors
    ]
    number = plan.row.number
    return ImportRow(
        report_key(job),
        number,
        outcome=plan.outcome,
        # Before a commit a new record has no id yet.
        record_id=plan.record_id if plan.outcome != "created" or run is not None else None,
        changed=changed_fields(plan.changes) or None,
        note=plan.note,
        errors=errors or None,
        error_number=number if errors else None,
        written_by=run,
        expires_at=epoch(context.now + REPORT_LIFETIME),
    )


def written(job: FileImport, numbers: Sequence[int]) -> dict[int, ImportRow]:
    """The rows that this run has written already."""
    keys = {(report_key(job), number) for number in numbers}
    found = ImportRow.batch_get(keys, consistent_read=True)
    return {int(row.number): row for row in found if row.written_by == job.run}


def report_plans(job: FileImport, plans: Sequence[RowPlan], context: Context, *, run: str | None) -> None:
    """Writes the lines of rows for which no record is written with them. run: as in `report_row`."""
    with ImportRow.batch_write() as batch:
        for plan in plans:
            batch.save(report_row(job, plan, context, run))


def report_page(job: FileImport, query: RowsQuery) -> tuple[list[RowView], str | None]:
    """A page of the report in the file's order, and the cursor of the next one or None. Raises Invalid."""
    if job.reading is None:
        return [], None
    errors = query.only == "errors"
    position = ImportRow.error_number if errors else ImportRow.number
    after = None if query.cursor is None else position > decode_cursor(query.cursor, _Number)
    options: dict[str, Any] = {"index_name": "by_error"} if errors else {}
    found = list(ImportRow.query(report_key(job), after, limit=query.limit + 1, consistent_read=True, **options))
    page, next_cursor = first_page(found, query.limit, lambda row: int(row.number))
    return [_view(row) for row in page], next_cursor


def _view(row: ImportRow) -> RowView:
    return RowView(
        row=int(row.number),
        outcome=row.outcome,
        written=row.written_by is not None,
        id=row.record_id,
        changed=list(row.changed or ()),
        note=row.note,
        errors=[ErrorView(error.field, error.column, error.message) for error in row.errors or ()],
    )
