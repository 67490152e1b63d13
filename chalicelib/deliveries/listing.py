"""Lists of attempts, newest day first: the narrowest index, and what it does not know is filtered."""

import datetime as dt
from typing import Final, Literal

from msgspec import Struct

from chalicelib.errors import Invalid
from chalicelib.fields import Cursor, Id, LineText, PageSize
from chalicelib.models.delivery import Delivery
from chalicelib.paging import decode_cursor, encode_cursor

# A page looks at this many rows at most, then says how to go on.
_MOST_ROWS_PER_PAGE: Final = 500

_KEYS: Final = {
    "by_day": Delivery.day_key,
    "by_driver": Delivery.driver_key,
    "by_outcome": Delivery.outcome_key,
}


class AttemptQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Filters, all of which must fit. date: the tenant's day on which the order went out."""

    date: dt.date | None = None
    driver_id: Id | None = None
    outcome: Literal["under_way", "delivered", "failed"] | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class _Position(Struct, array_like=True, forbid_unknown_fields=True):
    """Where a page ended: the last row looked at, and its key in the index."""

    id: Id
    key: LineText


def list_attempts(tenant_id: str, query: AttemptQuery) -> tuple[list[Delivery], str | None]:
    """One page and the cursor of the next, None after the last. Raises Invalid."""
    index, prefix = _narrowest(query)
    position = decode_cursor(query.cursor, _Position) if query.cursor else None
    if position is not None and not position.key.startswith(prefix):
        raise Invalid(("cursor", "not a cursor of this list"))
    found: list[Delivery] = []
    rows = Delivery.query(
        tenant_id,
        _KEYS[index].startswith(prefix) if prefix else None,
        index_name=index,
        consistent_read=True,
        scan_index_forward=False,
        # One more than asked for: DynamoDB's own "there may be more" would lead to an empty last page.
        page_size=query.limit + 1,
        last_evaluated_key=_start(tenant_id, index, position) if position else None,
    )
    for looked_at, row in enumerate(rows):
        if len(found) == query.limit or looked_at == _MOST_ROWS_PER_PAGE:
            return found, encode_cursor(position)
        position = _Position(row.id, getattr(row, _KEYS[index].attr_name))
        if query.outcome in (None, row.outcome):
            found.append(row)
    return found, None


def _narrowest(query: AttemptQuery) -> tuple[str, str]:
    """The index with the fewest candidates, and the beginning of their keys."""
    day = f"{query.date.isoformat()}#" if query.date else ""
    if query.driver_id:
        return "by_driver", f"{query.driver_id}#{day}"
    if query.outcome:
        return "by_outcome", f"{query.outcome}#{day}"
    return "by_day", day


def _start(tenant_id: str, index: str, position: _Position) -> dict[str, dict[str, str]]:
    return {
        "tenant_id": {"S": tenant_id},
        "id": {"S": position.id},
        _KEYS[index].attr_name: {"S": position.key},
    }
