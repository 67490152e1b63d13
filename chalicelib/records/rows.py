"""Common code of all records: lists with a search, and changes with a version.

Records that orders refer to are never deleted, but suspended and restored.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

from msgspec import Struct

from chalicelib.core import aws
from chalicelib.core.errors import stale
from chalicelib.core.fields import Cursor, Id, PageSize, ShortText
from chalicelib.core.paging import decode_cursor, encode_cursor, first_page
from chalicelib.core.search import required_forms
from chalicelib.models.base import assign
from chalicelib.models.customer import Customer
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.driver import Driver
from chalicelib.models.product import Product

Status = Literal["active", "suspended"]

Row = TypeVar("Row", Customer, Driver, Product, DiningTable)

# The most rows that one read of a page returns; DynamoDB also stops at a megabyte.
_READ_AT_ONCE: Final = 500
_MOST_READS: Final = 8


class Listing(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Selects rows. q: words, each of which must be in the name, the phone number, the address …"""

    q: ShortText | None = None
    status: Status | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


def page_of(model: type[Row], tenant_id: str, listing: Listing) -> tuple[list[Row], str | None]:
    """Rows that match, oldest first, and the cursor of the next page or None. Raises Invalid.

    A tenant has thousands of these, not millions, so a search reads all of them, with a filter in DynamoDB. A page
    may have fewer rows than requested, even none, if few match.
    """
    query = _query(model, tenant_id, listing)
    if listing.cursor is not None:
        query["ExclusiveStartKey"] = {
            "tenant_id": {"S": tenant_id},
            "id": {"S": decode_cursor(listing.cursor, Id)},
        }
    found: list[Row] = []
    for _ in range(_MOST_READS):
        answer = aws.client("dynamodb").query(**query)
        found += model.readable(answer["Items"])
        if len(found) > listing.limit:
            return first_page(found, listing.limit, lambda row: row.id)
        if "LastEvaluatedKey" not in answer:
            return found, None
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return found, encode_cursor(query["ExclusiveStartKey"]["id"]["S"])


def change_row(row: Row, new_values: Mapping[str, Any], *, version: int | None, at: str) -> list[str]:
    """Writes the values that differ, also to `row`, and returns their names. Writes nothing if none differs.

    new_values: by attribute, None to remove one. version: that the client has seen. Raises Conflict
    `stale_version` if the row has another, or if another request wrote at the same time.
    """
    if version is not None and version != row.version:
        raise stale(int(row.version))
    changed = {name: value for name, value in new_values.items() if value != getattr(row, name)}
    if not changed:
        return []
    model = type(row)
    stamped = {**changed, "version": row.version + 1, "updated_at": at}
    if not row.update_if(assign(model, stamped), model.version == row.version):
        raise stale(int(row.version) + 1)
    return sorted(changed)


def _query(model: type[Row], tenant_id: str, listing: Listing) -> dict[str, Any]:
    values: dict[str, Any] = {":tenant": {"S": tenant_id}}
    filters, names = [], {}
    for n, forms in enumerate(required_forms(listing.q or "")):
        names_of_forms = [f":word{n}_{m}" for m in range(len(forms))]
        values |= {name: {"S": form} for name, form in zip(names_of_forms, forms, strict=True)}
        filters.append(f"({' OR '.join(f'contains(search_text, {name})' for name in names_of_forms)})")
    if listing.status is not None:
        values[":status"], names["#status"] = {"S": listing.status}, "status"
        filters.append("#status = :status")
    query = {
        "TableName": str(model.Meta.table_name),
        "KeyConditionExpression": "tenant_id = :tenant",
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        "Limit": _READ_AT_ONCE if filters else listing.limit + 1,
    }
    if filters:
        query["FilterExpression"] = " AND ".join(filters)
    if names:
        query["ExpressionAttributeNames"] = names
    return query
