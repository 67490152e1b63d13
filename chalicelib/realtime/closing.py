"""Ends connections: sends the reason, closes the socket, then deletes the row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from chalicelib.auth.live import verify_live
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden, Unauthenticated
from chalicelib.core.groups import grouped
from chalicelib.models.connection import Connection
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime import connections
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.limits import (
    MOST_PER_DISPLAY,
    MOST_PER_USER,
    MOST_REFUSED,
    excess_connections,
    most_connections,
)
from chalicelib.realtime.posts import Outcome, Post, encoded
from chalicelib.realtime.server_messages import Closing

REASONS: Final[Mapping[str, str]] = {
    ErrorCode.TOO_MANY_CONNECTIONS: (
        f"A user may have {MOST_PER_USER} connections, a display token {MOST_PER_DISPLAY}. A newer one replaces "
        "this one."
    ),
    "too_many_refusals": f"{MOST_REFUSED} messages within a minute came too fast. Send 20 in 10 seconds at most.",
    "idle": "No message for 60 seconds. Send a heartbeat every 30 seconds.",
    ErrorCode.TOKEN_EXPIRED: "The access token has expired. Connect again with a fresh one.",
    ErrorCode.TOKEN_OUTDATED: "The user has changed. Connect again with a fresh access token.",
    ErrorCode.SESSION_REVOKED: "The session has ended. Sign in again.",
    ErrorCode.TENANT_SUSPENDED: ErrorCode.TENANT_SUSPENDED.detail,
    ErrorCode.USER_SUSPENDED: "This user is suspended.",
    ErrorCode.TABLE_SUSPENDED: ErrorCode.TABLE_SUSPENDED.detail,
    ErrorCode.QR_EXPIRED: "This table has a new QR code. Scan it.",
}


def closing_message(code: str, now: datetime) -> Closing:
    """The last message to a client, the same in every format. code: one of REASONS."""
    return Closing(type="closing", code=code, message=REASONS[code], timestamp=wire(now))


def close(closings: Sequence[tuple[Connection, str]], *, now: datetime, force: bool = False) -> Outcome:
    """Ends connections, each for its reason. Those in `failed` of the outcome stay open for another attempt.

    force: close also connections that did not receive the reason, if they must not stay open.
    If API Gateway answers for none of them, no row is deleted.
    """
    reasons = {row.connection_id: (row, code) for row, code in closings}
    outcome = gateway().post([Post.to(row, encoded(closing_message(code, now))) for row, code in reasons.values()])
    if not outcome.answered and not force:
        return outcome
    staying = () if force else outcome.failed
    leaving = reasons.keys() - set(staying)
    # Those that are gone are closed already. The client's next message closes one that cannot be closed now.
    closed = gateway().disconnect(sorted(leaving - set(outcome.gone)))
    outcome.answered = outcome.answered or bool(closed)
    if not outcome.answered:
        return outcome
    connections.delete_rows(reasons[connection_id][0] for connection_id in sorted(leaving))
    return outcome


def close_excess(tenant_id: str, user_id: str, *, arrived: Collection[Connection] = (), now: datetime) -> int:
    """Ends a user's connections beyond the limit; returns how many were notified and closed.

    arrived: new connections, which the index may not contain yet.
    """
    known = {row.connection_id: row for row in (*arrived, *connections.of_user(tenant_id, user_id))}
    if len(known) <= max(map(most_connections, known.values()), default=0):
        return 0
    # The index and repeated records may contain connections that have closed since, which must not count.
    there = list(Connection.batch_get(sorted(known), consistent_read=True))
    closings = [(row, "too_many_connections") for row in excess_connections(there, now)]
    outcome = close(closings, now=now)
    return len(closings) - len(outcome.failed)


def refusal_of(row: Connection) -> str | None:
    """The code with which `$connect` would refuse the connection's principal now; None if it would not."""
    try:
        verify_live(connections.principal_of(row))
    except (Unauthenticated, Forbidden) as refusal:
        return refusal.code
    except Unreadable as error:
        # `$connect` refuses it, too. An unreadable row must not prevent closing the user's other connections.
        error.report()
        return ErrorCode.TOKEN_OUTDATED
    return None


def check_arrivals(arrived: Collection[Connection], *, now: datetime) -> int:
    """Ends new connections without access, and excess connections of their users; returns how many.

    A client may lose access between the check at `$connect` and the writing of its row. Only this function finds
    it: the streams of users, tenants and sessions use an index that did not contain the row yet.
    """
    refused = [(row, code) for row in arrived if (code := refusal_of(row)) is not None]
    close(refused, now=now, force=True)
    gone = {row.connection_id for row, _ in refused}
    staying = (row for row in arrived if row.connection_id not in gone)
    users = grouped(staying, lambda row: (row.tenant_id, row.user_id))
    return len(refused) + sum(close_excess(*user, arrived=rows, now=now) for user, rows in users.items())
