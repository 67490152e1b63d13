"""Table `import_rows`: hash `import_key`, range `number`, TTL `expires_at`. What is said of a row.

Index `by_error` (`error_number`) holds the rows with errors only.
"""

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from chalicelib.models.base import Table, TableName
from chalicelib.models.file_import import FileImport


class RowError(MapAttribute[str, str]):
    """field: ours; column: the file's, where it has one for the field."""

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
    """import_key: `tenant#import#reading`. number: the row as a spreadsheet counts, the header being 1.

    outcome: `created`, `updated`, `unchanged`, `skipped` or `failed`; written_by: the run that wrote the record,
    absent while the outcome is what a commit would do.
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
    """The `import_key` of the rows of an import's present reading."""
    return f"{of.tenant_id}#{of.id}#{of.reading}"
