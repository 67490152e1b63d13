"""The streams of users, tenants, sessions and display tokens: a client that loses access loses its connections.

A record only names the row that changed. The rule that admitted a connection reads the row again and decides
whether the connection must end, so records may come late, twice or in any order. Before that, the change is
recorded for the endpoints that trust a token (auth/revocations.py). A batch that fails or is interrupted is
repeated as a whole.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from chalice.app import Blueprint

from chalicelib.auth.display_tokens import display_user_id
from chalicelib.auth.revocations import record_tenant, record_users
from chalicelib.consumers.batch import Batch, Change, Row
from chalicelib.consumers.permissions import CLOSE, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import now
from chalicelib.core.logs import log
from chalicelib.models.connection import Connection
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime import connections
from chalicelib.realtime.closing import close, refusal_of
from chalicelib.realtime.posts import GatewayDown
from chalicelib.tenants.tenants import get_tenant

bp = Blueprint(__name__)

# A connection, and the code of the reason why it ends.
_Closing = tuple[Connection, str]

_RECORDS = {"revocations": "UpdateItem"}
_READS_SESSIONS = {"refresh_tokens": "BatchGetItem", "tenants": "BatchGetItem", "users": "BatchGetItem"}


@stream(
    bp,
    User,
    name="users_stream",
    batch_size=16,
    memory_mb=256,
    permissions=union(CLOSE, _READS_SESSIONS, _RECORDS),
    events=("MODIFY",),
    reads_old=True,
)
def users_stream(batch: Batch[User]) -> None:
    """Ends the connections of users who were suspended or have a new password, role, driver or customer."""
    changed = [
        change for change in batch.changes if change.old is None or _rights(change.old) != _rights(change.new)
    ]
    _end(batch, changed, _closings_of_user, _record_users)


@stream(
    bp,
    Tenant,
    name="tenants_stream",
    batch_size=16,
    memory_mb=256,
    permissions=union(CLOSE, _RECORDS, {"tenants": "GetItem"}),
    events=("MODIFY",),
    where={"status": {"S": [{"anything-but": ["active"]}]}},
)
def tenants_stream(batch: Batch[Tenant]) -> None:
    """Ends all connections of tenants that are suspended."""
    _end(batch, batch.changes, _closings_of_tenant, _record_tenants)


@stream(
    bp,
    RefreshToken,
    name="sessions_stream",
    batch_size=16,
    memory_mb=256,
    permissions=union(CLOSE, _RECORDS),
    events=("MODIFY",),
    where={"revoked_at": {"S": [{"exists": True}]}},
)
def sessions_stream(batch: Batch[RefreshToken]) -> None:
    """Ends the connections of sessions that were signed out or whose refresh token was used twice."""
    _end(batch, batch.changes, _closings_of_session, _record_sessions)


@stream(
    bp,
    DisplayToken,
    name="display_tokens_stream",
    batch_size=16,
    memory_mb=256,
    permissions=CLOSE,
    events=("MODIFY",),
    where={"revoked_at": {"S": [{"exists": True}]}},
)
def display_tokens_stream(batch: Batch[DisplayToken]) -> None:
    """Ends the connections of display tokens that were revoked."""
    _end(batch, batch.changes, _closings_of_display_token)


def _record_users(tenant_id: str, rows: Sequence[User]) -> None:
    record_users(tenant_id, {row.id for row in rows}, now=now())


def _record_tenants(tenant_id: str, _rows: Sequence[Tenant]) -> None:
    record_tenant(tenant_id, now=now())


def _record_sessions(tenant_id: str, rows: Sequence[RefreshToken]) -> None:
    record_users(tenant_id, {row.user_id for row in rows}, now=now())


def _closings_of_user(user: User) -> list[_Closing]:
    rows = connections.of_user(user.tenant_id, user.id)
    found = ((row, refusal_of(row)) for row in rows)
    return [
        (row, "user_suspended" if user.status != "active" else code) for row, code in found if code is not None
    ]


def _closings_of_tenant(tenant: Tenant) -> list[_Closing]:
    # Read again: if the tenant has been restored, its new connections must stay open.
    if get_tenant(tenant.id).status == "active":
        return []
    return [(row, "tenant_suspended") for row in connections.of_tenant(tenant.id)]


def _closings_of_session(session: RefreshToken) -> list[_Closing]:
    if session.revoked_at is None:
        return []
    rows = connections.of_user(session.tenant_id, session.user_id)
    return [(row, "session_revoked") for row in rows if row.session_id == session.session_id]


def _closings_of_display_token(token: DisplayToken) -> list[_Closing]:
    if token.revoked_at is None:
        return []
    rows = connections.of_user(token.tenant_id, display_user_id(token.id))
    return [(row, "session_revoked") for row in rows]


def _rights(user: User) -> tuple[str | None, ...]:
    """The fields of a user that decide whether a connection is admitted."""
    return (user.status, user.sessions_valid_from, user.role, user.driver_id, user.customer_id)


def _end(
    batch: Batch[Row],
    changes: Sequence[Change[Row]],
    closings_of: Callable[[Row], list[_Closing]],
    record: Callable[[str, Sequence[Row]], None] | None = None,
) -> None:
    """Records the changes and closes the connections that lost access, tenant by tenant.

    A tenant fails if API Gateway answers for none of its connections. record: takes the tenant's id and its
    changed rows.
    """

    def end(group: Sequence[Change[Row]]) -> None:
        if record is not None:
            record(group[0].tenant_id, [change.new for change in group])
        closings = [closing for change in group for closing in closings_of(change.new)]
        # Also if the reason cannot be sent: a client without access must not stay connected.
        outcome = close(closings, now=now(), force=True)
        log.info(
            "access_ended",
            extra={
                **Counter(code for _, code in closings),
                "user_ids": sorted({row.user_id for row, _ in closings}),
                "sent": outcome.sent,
                "gone": len(outcome.gone),
                "failed": len(outcome.failed),
            },
        )
        if closings and not outcome.answered:
            # Those connections are still open.
            raise GatewayDown(f"no answer for any of {len(closings)} connections")

    batch.each_tenant("access_not_ended", changes, end)
