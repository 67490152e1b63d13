"""Lists of routes, newest day first."""

import datetime as dt

from msgspec import Struct

from chalicelib.auth.principal import Principal
from chalicelib.fields import Cursor, Id, PageSize
from chalicelib.models.index_pages import last_first
from chalicelib.models.route import Route
from chalicelib.routes.status import RouteStatus


class RouteQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Filters, all of which must fit. date: the route's local day."""

    date: dt.date | None = None
    driver_id: Id | None = None
    status: RouteStatus | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


def list_routes(principal: Principal, query: RouteQuery) -> tuple[list[Route], str | None]:
    """A page of the routes that fit and that the principal may see, and the cursor of the next. Raises Invalid."""
    own = None if principal.is_staff else principal.driver_id or "-"
    if own is not None and query.driver_id not in (None, own):
        return [], None
    driver_id = own or query.driver_id
    day = f"{query.date.isoformat()}#" if query.date else ""
    index, prefix = ("by_driver", f"{driver_id}#{day}") if driver_id else ("by_day", day)
    return last_first(
        Route,
        principal.tenant_id,
        index,
        prefix,
        fits=lambda route: query.status in (None, route.status),
        limit=query.limit,
        cursor=query.cursor,
    )
