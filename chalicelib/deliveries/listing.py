"""Lists of attempts, newest day first: read from the narrowest index; other filters apply to the rows read."""

import datetime as dt
from typing import Literal

from msgspec import Struct

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.fields import Cursor, Id, PageSize
from chalicelib.models.delivery import Delivery
from chalicelib.models.index_pages import page_newest_first


class AttemptQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Filters, all of which must match. date: the tenant's local day on which the attempt started."""

    date: dt.date | None = None
    driver_id: Id | None = None
    outcome: Literal["under_way", "delivered", "failed"] | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


@rule(roles=STAFF)
def list_attempts(principal: Principal, query: AttemptQuery) -> tuple[list[Delivery], str | None]:
    """One page and the cursor of the next, None after the last. Raises Invalid."""
    index, prefix = _narrowest(query)
    return page_newest_first(
        Delivery,
        principal.tenant_id,
        index,
        prefix,
        fits=lambda row: query.outcome in (None, row.outcome),
        limit=query.limit,
        cursor=query.cursor,
    )


def _narrowest(query: AttemptQuery) -> tuple[str, str]:
    """The index with the fewest candidates, and the prefix of their keys."""
    day = f"{query.date.isoformat()}#" if query.date else ""
    if query.driver_id:
        return "by_driver", f"{query.driver_id}#{day}"
    if query.outcome:
        return "by_outcome", f"{query.outcome}#{day}"
    return "by_day", day
