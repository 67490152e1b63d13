"""Lists of routes, newest day first."""

import datetime as dt

from msgspec import Struct

from chalicelib.auth.principal import DRIVER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Cursor, Id, PageSize, ShortText
from chalicelib.models.index_pages import page_newest_first
from chalicelib.models.route import Route
from chalicelib.routes.status import ENDED, STEPS


class RouteQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Filters, all of which must match.

    status: one, or several with commas. date: the route's local day. ended_date: of routes that are `completed` or
    `cancelled` only those of this day; others of any day.
    """

    date: dt.date | None = None
    ended_date: dt.date | None = None
    driver_id: Id | None = None
    status: ShortText | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


@rule(roles=STAFF | {DRIVER})
def list_routes(principal: Principal, query: RouteQuery) -> tuple[list[Route], str | None]:
    """A page of the routes that match and that the principal may read, and the next cursor. Raises Invalid."""
    own = None if principal.is_staff else principal.driver_id or "-"
    if own is not None and query.driver_id not in (None, own):
        return [], None
    statuses = frozenset(query.status.split(",")) if query.status else frozenset(STEPS)
    if statuses - STEPS.keys():
        raise Invalid(("status", f"any of {', '.join(STEPS)}"))
    ended_day = query.ended_date and query.ended_date.isoformat()
    driver_id = own or query.driver_id
    day = f"{query.date.isoformat()}#" if query.date else ""
    index, prefix = ("by_driver", f"{driver_id}#{day}") if driver_id else ("by_day", day)
    return page_newest_first(
        Route,
        principal.tenant_id,
        index,
        prefix,
        fits=lambda route: (
            route.status in statuses and (route.status not in ENDED or ended_day in (None, route.date))
        ),
        limit=query.limit,
        cursor=query.cursor,
    )
