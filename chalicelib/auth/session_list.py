"""Lists a user's active sessions, and ends them.

The index is eventually consistent: a session appears in it some milliseconds after its sign-in. Rows are read
consistently, so a session that has ended is never listed.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from msgspec import Struct

from chalicelib.auth import sessions
from chalicelib.auth.principal import ADMIN, ROLES, Principal
from chalicelib.auth.rules import rule
from chalicelib.auth.session_access import works
from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.fields import Id, Part, WireTime
from chalicelib.core.logs import log
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.core.user_agents import UNKNOWN
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.user import User

# BatchGetItem reads a hundred keys.
_BATCH: Final = 100


class SessionView(Struct):
    """An active session. last_used_at: its last refresh; up to an hour ago. current: is it the caller's?"""

    id: str
    signed_in_at: WireTime
    last_used_at: WireTime
    user_agent: str
    current: bool


def list_sessions(
    user: User, part: Part, *, current: str | None, now: datetime
) -> tuple[list[SessionView], str | None]:
    """A page of the user's sessions, newest first, and the cursor of the next one or None. Raises Invalid.

    current: the id of the caller's session.
    """
    before = None if part.cursor is None else decode_cursor(part.cursor, Id)
    rows = list(islice(_live(user, now, before), part.limit + 1))
    page, cursor = first_page(rows, part.limit, lambda row: row.session_id)
    return [_view(row, current) for row in page], cursor


@rule(roles=ROLES)
def end_session(principal: Principal, session_id: str, *, now: datetime) -> None:
    """Ends one of the principal's sessions; admins may end any of the tenant's. Repeating it changes nothing.

    Raises NotFound for all others.
    """
    session = RefreshToken.find(session_id, consistent_read=True)
    if session is None:
        raise _not_found()
    is_own = session.user_id == principal.user_id
    if session.tenant_id != principal.tenant_id or not (is_own or principal.role == ADMIN):
        raise _not_found()
    sessions.revoke(session_id, now=now)
    log.info("session_ended", extra={"of_user_id": session.user_id})


def end_other_sessions(user: User, *, current: str, now: datetime) -> None:
    """Ends all of the user's sessions but one."""
    ended = [row.session_id for row in _live(user, now) if row.session_id != current]
    for session_id in ended:
        sessions.revoke(session_id, now=now)
    log.info("other_sessions_ended", extra={"count": len(ended)})


def end_all_sessions(user: User, *, now: datetime) -> None:
    """Ends all of the user's sessions, including those that the index does not contain yet."""
    at = clock.wire(now)
    user.update([User.sessions_valid_from.set(at), User.updated_at.set(at)], condition=User.id.exists())
    log.info("all_sessions_ended", extra={"of_user_id": user.id})


def _live(user: User, now: datetime, before: str | None = None) -> Iterator[RefreshToken]:
    """The user's active sessions, newest first."""
    condition = None if before is None else RefreshToken.session_id < before
    keys = RefreshToken.by_user.query(user.id, condition, scan_index_forward=False)
    while ids := [key.session_id for key in islice(keys, _BATCH)]:
        rows = RefreshToken.batch_get(ids, consistent_read=True)
        found = (row for row in rows if works(row, user, now))
        yield from sorted(found, key=lambda row: row.session_id, reverse=True)


def _view(row: RefreshToken, current: str | None) -> SessionView:
    return SessionView(
        id=row.session_id,
        signed_in_at=row.created_at,
        last_used_at=row.last_used_at or row.created_at,
        user_agent=row.user_agent or UNKNOWN,
        current=row.session_id == current,
    )


def _not_found() -> NotFound:
    return NotFound("There is no such session.")
