"""Request bodies about an import."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.core.fields import Cursor, PageSize, ShortText
from chalicelib.imports.map.columns import ImportKind
from chalicelib.imports.read.file_table import Format

Source = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[a-z0-9_-]+\Z")]
Header = Annotated[str, Meta(min_length=1, max_length=100)]
Mapping = Annotated[dict[Header, ShortText | None], Meta(max_length=100)]


class NewImport(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new import. size: of the file, in bytes. format: detected if absent.

    source: the system whose ids the file has; files that refer to each other need the same source. mapping: from
    the file's header to our field, or to null for a column to ignore.
    """

    kind: ImportKind
    file_name: ShortText
    size: Annotated[int, Meta(ge=1)]
    format: Format | None = None
    source: Source = "file"
    mapping: Mapping = {}


class RowsQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Selects rows of the report."""

    only: Literal["errors"] | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None
