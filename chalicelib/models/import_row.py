"""Table `import_rows`: hash `import_key`, range `number`, TTL `expires_at`. The outcome of each row of an import.

Index `by_error` (`error_number`) contains only the rows with errors.
"""

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName
from chalicelib.models.file_import import FileImport


class RowError(MapAttribute[str, str]):
    """field: of ours; column: the file's header for the field, if it has one."""

    field = UnicodeAttribute()
    column = UnicodeAttribute(null=True)
    message = UnicodeAttribute()


class ByError(LocalSecondaryIndex["ImportRow"]):
    class Meta:
        index_name = "by_error"
        projection = AllProjection()

    import_key = UnicodeAttribute(hash_key=True)
    error_number = NumberAttribute(range_key=True)


class ImportRow(Table):
    """import_key: `tenant#import#reading`. number: of the row as in a spreadsheet, with the header as 1.

    outcome: `created`, `updated`, `unchanged`, `skipped` or `failed`; written_by: the run that wrote the record,
    absent while the outcome is only planned.
    """

    class Meta:
        table_name = TableName("import_rows")

    import_key = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    outcome = UnicodeAttribute()
    record_id = UnicodeAttribute(null=True)
    changed = ListAttribute[str](null=True)
    note = UnicodeAttribute(null=True)
    errors = ListAttribute(of=RowError, null=True)
    error_number = NumberAttribute(null=True)
    written_by = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()

    by_error = ByError()


def report_key(of: FileImport) -> str:
    """The `import_key` of the rows that an import's last check read."""
    return f"{of.tenant_id}#{of.id}#{of.reading}"
