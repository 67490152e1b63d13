"""The report of a check or a commit: the outcome of each row."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.core.fields import one_of
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.imports.drafts import RowsQuery
from chalicelib.models.file_import import OUTCOMES, FileImport
from chalicelib.models.import_row import ImportRow, report_key

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


def report_page(of: FileImport, query: RowsQuery) -> tuple[list[RowView], str | None]:
    """A page of the report in the file's order, and the cursor of the next one or None. Raises Invalid."""
    if of.reading is None:
        return [], None
    errors = query.only == "errors"
    position = ImportRow.error_number if errors else ImportRow.number
    after = None if query.cursor is None else position > decode_cursor(query.cursor, _Number)
    options: dict[str, Any] = {"index_name": "by_error"} if errors else {}
    found = list(ImportRow.query(report_key(of), after, limit=query.limit + 1, consistent_read=True, **options))
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
