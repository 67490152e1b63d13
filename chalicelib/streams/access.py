"""The streams of users, tenants and sessions: whoever loses access loses their connections.

A record only says where to look. Who must leave is read anew, by the rule that let them in, so records may come
late, twice or in any order.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.auth.tenants import get_tenant
from chalicelib.clock import now
from chalicelib.logs import bind, log
from chalicelib.models.base import Table
from chalicelib.models.connection import Connection
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime import connections
from chalicelib.realtime.broadcast import GatewayDown
from chalicelib.realtime.closing import close, refusal_of
from chalicelib.streams.images import typed

bp = Blueprint(__name__)

# Replaced by the tables' own streams in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/from-template"

Row = TypeVar("Row", bound=Table)


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN.format("users"), name="users_stream", batch_size=16)
def users_stream(event: DynamoDBEvent) -> None:
    """Ends the connections of users who were suspended, got a new password, or are no longer who they were."""
    bind("several")
    changed = {(new.tenant_id, new.id): new for old, new in _changes(User, event) if _rights(old) != _rights(new)}
    closings = []
    for user in changed.values():
        for row in connections.of_user(user.tenant_id, user.id):
            code = refusal_of(row)
            if code is not None:
                closings.append((row, "user_suspended" if user.status != "active" else code))
    _end(closings)


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN.format("tenants"), name="tenants_stream", batch_size=16)
def tenants_stream(event: DynamoDBEvent) -> None:
    """Ends all connections of tenants that are suspended."""
    bind("several")
    named = {new.id for _, new in _changes(Tenant, event) if new.status != "active"}
    # Read again: a tenant that is back meanwhile keeps whoever has come back with it.
    suspended = [tenant_id for tenant_id in sorted(named) if get_tenant(tenant_id).status != "active"]
    rows = (row for tenant_id in suspended for row in connections.of_tenant(tenant_id))
    _end([(row, "tenant_suspended") for row in rows])


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN.format("refresh_tokens"), name="sessions_stream", batch_size=16)
def sessions_stream(event: DynamoDBEvent) -> None:
    """Ends the connections of sessions that were signed out or whose refresh token was used twice."""
    bind("several")
    ended = [session for _, session in _changes(RefreshToken, event) if session.revoked_at is not None]
    _end(
        [
            (row, "session_revoked")
            for session in ended
            for row in connections.of_user(session.tenant_id, session.user_id)
            if row.session_id == session.session_id
        ]
    )


def _changes(model: type[Row], event: DynamoDBEvent) -> Iterator[tuple[Row, Row]]:
    for record in event:
        if record.event_name == "MODIFY":
            old, new = typed(model, record.old_image), typed(model, record.new_image)
            if old is not None and new is not None:
                yield old, new


def _rights(user: User) -> tuple[str | None, ...]:
    """All of a user that a connection was let in by."""
    return (user.status, user.sessions_valid_from, user.role, user.driver_id, user.customer_id)


def _end(closings: Sequence[tuple[Connection, str]]) -> None:
    """Raises GatewayDown, so that the batch comes again: those connections are still open."""
    # Even untold: somebody without access must not stay for want of a reason.
    outcome = close(closings, now=now(), even_untold=True)
    log.info(
        "access_ended",
        extra={
            **Counter(code for _, code in closings),
            "user_ids": sorted({row.user_id for row, _ in closings}),
            "told": outcome.sent,
            "gone": len(outcome.gone),
            "failed": len(outcome.failed),
        },
    )
    if closings and not outcome.answered:
        raise GatewayDown(f"no answer for any of {len(closings)} connections")
