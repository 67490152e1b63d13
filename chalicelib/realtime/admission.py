"""Limits for opening connections, checked at `$connect` before anything is stored.

A user's sixth connection is admitted and closes the oldest (`limits.excess_connections`). Guests get a new
identity with each new token, so those of one table, and of one tracking link, have a limit together.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chalicelib.auth.principal import DISPLAY, TABLE, TRACKER, Principal
from chalicelib.auth.rate_limits import Limit, check, overdraw, spend_all
from chalicelib.core.clock import epoch
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import TooFast
from chalicelib.models.connection import Subscription
from chalicelib.realtime.channels import channel_key, crowd_channel
from chalicelib.realtime.limits import MOST_PER_DISPLAY, MOST_PER_USER

_DETAIL: Final = "Too many new connections in a short time. Wait before the next try."
_WINDOW: Final = 5 * 60

# Twelve times all connections of a user: a client on a bad network backs off to one attempt in 30 seconds.
PER_USER: Final = Limit(
    "connects_user", 12 * MOST_PER_USER, _WINDOW, code=ErrorCode.TOO_MANY_CONNECTS, detail=_DETAIL
)
# All screens of a display token reconnect together after their network was down.
PER_DISPLAY: Final = Limit(
    "connects_display", 6 * MOST_PER_DISPLAY, _WINDOW, code=ErrorCode.TOO_MANY_CONNECTS, detail=_DETAIL
)
# After the first flood a client may reconnect at once: it may have sent what it had stored while its network was
# down. A second flood shows a fault: the client waits 15 seconds, and 155 after each further flood.
FLOOD_COST: Final = PER_USER.most // 2


class Crowd(Struct, frozen=True):
    """The limits for the connections of one table or one tracking link. most: at the same time."""

    most: int
    connects: Limit


def _crowd(name: str, most: int) -> Crowd:
    # Phones close their connections when they are locked, and open new ones afterwards.
    return Crowd(most, Limit(name, 6 * most, _WINDOW, code=ErrorCode.TOO_MANY_CONNECTS, detail=_DETAIL))


_CROWDS: Final = {
    # Twelve people, each with two phones or browsers, and some whose old connection has not ended yet.
    TABLE: _crowd("connects_table", 40),
    TRACKER: _crowd("connects_link", 20),
}


def check_pace(principal: Principal, now: datetime) -> None:
    """Raises TooFast `too_many_connects` if this process has just refused the principal; makes no call."""
    for limit, subject in _paces(principal):
        check(limit, subject, now=now)


def admit(principal: Principal, now: datetime) -> None:
    """Counts a new connection. Raises TooFast `too_many_connects` or `too_many_connections`."""
    spend_all(_paces(principal), now=now)
    key = _crowd_key(principal)
    if key is None:
        return
    crowd = _CROWDS[principal.role]
    if _connected(key, now) >= crowd.most:
        raise TooFast(
            f"{crowd.most} connections are open here. Wait until one ends.",
            retry_after=60,
            code=ErrorCode.TOO_MANY_CONNECTIONS,
        )


def charge_for_flood(role: str, tenant_id: str, user_id: str, now: datetime) -> None:
    """Charges a client that is closed for flooding, so that it must wait before it connects repeatedly."""
    limit, subject = _own(role, tenant_id, user_id)
    overdraw(limit, subject, now=now, cost=FLOOD_COST)


def _paces(principal: Principal) -> list[tuple[Limit, str]]:
    own, key = _own(principal.role, principal.tenant_id, principal.user_id), _crowd_key(principal)
    return [own] if key is None else [own, (_CROWDS[principal.role].connects, key)]


def _crowd_key(principal: Principal) -> str | None:
    channel = crowd_channel(principal.role, principal.table_id, principal.session_id)
    return None if channel is None else channel_key(principal.tenant_id, channel)


def _own(role: str, tenant_id: str, user_id: str) -> tuple[Limit, str]:
    return PER_DISPLAY if role == DISPLAY else PER_USER, f"{tenant_id}.{user_id}"


def _connected(key: str, now: datetime) -> int:
    # DynamoDB deletes rows some time after they expire.
    return Subscription.count(key, filter_condition=Subscription.expires_at > epoch(now), consistent_read=True)
