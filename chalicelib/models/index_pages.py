"""Pages of a local index with whole rows, in descending order, with bounded work per page."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Id, LineText
from chalicelib.core.paging import decode_cursor, filtered_page
from chalicelib.models.base import Table

Row = TypeVar("Row", bound=Table)


class _Position(Struct, array_like=True, forbid_unknown_fields=True):
    """The end of a page: the id of the last row read, and its key in the index."""

    id: Id
    key: LineText


def page_newest_first(
    model: type[Row],
    tenant_id: str,
    index: str,
    prefix: str,
    *,
    fits: Callable[[Row], bool],
    limit: int,
    cursor: str | None,
) -> tuple[list[Row], str | None]:
    """A page of the tenant's rows that `fits` accepts and whose key has the prefix, and the next page's cursor.

    index: `by_…`, over a key `…_key` that ends in the row's id. Raises Invalid for a cursor of another list.
    """
    name = f"{index.removeprefix('by_')}_key"
    key = model.get_attributes()[name]
    position = decode_cursor(cursor, _Position) if cursor else None
    if position is not None and not position.key.startswith(prefix):
        raise Invalid(("cursor", "not a cursor of this list"))
    start = None
    if position is not None:
        start = {"tenant_id": {"S": tenant_id}, "id": {"S": position.id}, name: {"S": position.key}}
    rows = model.query(
        tenant_id,
        key.startswith(prefix) if prefix else None,
        index_name=index,
        consistent_read=True,
        scan_index_forward=False,
        # One more than requested: relying on DynamoDB's LastEvaluatedKey may lead to an empty last page.
        page_size=limit + 1,
        last_evaluated_key=start,
    )

    def position_of(row: Row) -> _Position:
        return _Position(str(row.attribute_values["id"]), str(row.attribute_values[name]))

    return filtered_page(rows, limit, fits=fits, position=position_of)
