"""Lists of a tenant's connections for staff, from an eventually consistent index."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Struct

from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import from_epoch, wire
from chalicelib.core.fields import ShortText, WireTime, one_of
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.models.connection import Connection
from chalicelib.models.user import User
from chalicelib.realtime.connections import of_tenant
from chalicelib.realtime.formats import FORMATS_AND_VARIANTS


class _Position(Struct, array_like=True, forbid_unknown_fields=True):
    """The end of a page."""

    user_id: ShortText
    connection_id: ShortText


class Counts(Struct):
    """The number of a tenant's connections, in total and by role, channel and format."""

    connections: int
    by_role: dict[str, int]
    by_channel: dict[str, int]
    by_format: dict[str, int]


class ConnectionView(Struct):
    """A connection as staff see it. name: the user's, null for guests and displays."""

    connection_id: str
    user_id: str
    name: str | None
    role: Annotated[str, one_of(sorted(ROLES | GUESTS | {DISPLAY}))]
    format: Annotated[str, one_of(sorted(FORMATS_AND_VARIANTS))]
    channels: list[str]
    connected_at: WireTime
    last_seen_at: WireTime
    token_expires_at: WireTime


@rule(roles=STAFF)
def counts(principal: Principal) -> Counts:
    """The counts of a tenant's connections."""
    rows = of_tenant(principal.tenant_id)
    return Counts(
        connections=len(rows),
        by_role=Counter(row.role for row in rows),
        by_channel=Counter(sorted(channel for row in rows for channel in row.channels or ())),
        by_format=Counter(row.format for row in rows),
    )


@rule(roles=STAFF)
def page_of(principal: Principal, *, limit: int, cursor: str | None) -> tuple[list[Connection], str | None]:
    """A page of a tenant's connections, by user, and the cursor of the next page or None. Raises Invalid."""
    start = None
    if cursor is not None:
        position = decode_cursor(cursor, _Position)
        start = {
            "tenant_id": {"S": principal.tenant_id},
            "user_id": {"S": position.user_id},
            "connection_id": {"S": position.connection_id},
        }
    rows = list(Connection.by_user.query(principal.tenant_id, limit=limit + 1, last_evaluated_key=start))
    page, next_cursor = first_page(rows, limit, lambda row: _Position(row.user_id, row.connection_id))
    # The rows have the time of the last message, and those just closed are gone; the index knows neither.
    there = {row.connection_id: row for row in Connection.batch_get([row.connection_id for row in page])}
    return [there[row.connection_id] for row in page if row.connection_id in there], next_cursor


def names_of(tenant_id: str, rows: Sequence[Connection]) -> Mapping[str, str]:
    """The names of the users behind connections, by id; guests have none."""
    keys = {(tenant_id, row.user_id) for row in rows}
    return {user.id: user.name for user in User.batch_get(keys)}


def connection_view(row: Connection, names: Mapping[str, str]) -> ConnectionView:
    """The row for staff."""
    return ConnectionView(
        connection_id=row.connection_id,
        user_id=row.user_id,
        name=names.get(row.user_id),
        role=row.role,
        format=row.format,
        channels=sorted(row.channels or ()),
        connected_at=wire(from_epoch(row.connected_at / 1000)),
        last_seen_at=wire(from_epoch(row.last_seen_at)),
        token_expires_at=wire(from_epoch(row.token_expires_at)),
    )
