"""How many connections may be opened, and how fast: refused at `$connect`, before anything is stored.

A user's sixth connection is admitted and closes the oldest (`limits.surplus`). Guests get a new identity with each
new token, so those of one table, and of one tracking link, have a limit together.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chalicelib.auth.principal import DISPLAY, TABLE, TRACKER, Principal
from chalicelib.clock import epoch
from chalicelib.errors import TooFast
from chalicelib.models.connection import Subscription
from chalicelib.rate_limits import Limit, overdraw, spend_all
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.limits import MOST_PER_DISPLAY, MOST_PER_USER

_DETAIL: Final = "Too many new connections in a short time. Wait before the next try."
_WINDOW: Final = 5 * 60

# Twelve times all connections of a user: a client on a bad network backs off to one attempt in 30 seconds.
PER_USER: Final = Limit("connects_user", 12 * MOST_PER_USER, _WINDOW, code="too_many_connects", detail=_DETAIL)
# All screens of a display token come back at once when their network does.
PER_DISPLAY: Final = Limit(
    "connects_display", 6 * MOST_PER_DISPLAY, _WINDOW, code="too_many_connects", detail=_DETAIL
)
# A client that was closed for flooding may come back three times, then once in 100 seconds.
FLOOD_COST: Final = PER_USER.most // 3


class Crowd(Struct, frozen=True):
    """Guests who share a table or a tracking link. channel: names their subscriptions, which no event is sent to.

    most: connections at the same time.
    """

    channel: str
    most: int
    limit: Limit


def crowd_of(role: str, *, table_id: str | None, session_id: str) -> Crowd | None:
    """The crowd of a connection; None for users and display tokens. session_id: of a tracker, its link's code."""
    if role == TABLE:
        # Twelve people, each with two phones or browsers, and some whose old connection has not ended yet.
        return Crowd(f"table:{table_id}", 40, _crowd_limit("connects_table", 40))
    if role == TRACKER:
        return Crowd(f"link:{session_id}", 20, _crowd_limit("connects_link", 20))
    return None


def admit(principal: Principal, now: datetime) -> None:
    """Counts a new connection. Raises TooFast `too_many_connects` or `too_many_connections`."""
    crowd = crowd_of(principal.role, table_id=principal.table_id, session_id=principal.session_id)
    spendings = [_own(principal.role, principal.tenant_id, principal.user_id)]
    if crowd is not None:
        spendings.append((crowd.limit, channel_key(principal.tenant_id, crowd.channel)))
    spend_all(spendings, now=now)
    if crowd is not None and _connected(principal.tenant_id, crowd, now) >= crowd.most:
        raise TooFast(
            f"{crowd.most} connections are open here. Wait until one ends.",
            retry_after=60,
            code="too_many_connections",
        )


def charge_for_flood(role: str, tenant_id: str, user_id: str, now: datetime) -> None:
    """Lets a client that is closed for flooding wait before it connects again and again."""
    limit, subject = _own(role, tenant_id, user_id)
    overdraw(limit, subject, now=now, cost=FLOOD_COST)


def _own(role: str, tenant_id: str, user_id: str) -> tuple[Limit, str]:
    return PER_DISPLAY if role == DISPLAY else PER_USER, f"{tenant_id}.{user_id}"


def _crowd_limit(name: str, most: int) -> Limit:
    # Phones close their connections when they are locked, and open them again.
    return Limit(name, 6 * most, _WINDOW, code="too_many_connects", detail=_DETAIL)


def _connected(tenant_id: str, crowd: Crowd, now: datetime) -> int:
    # DynamoDB deletes rows some time after their end.
    return Subscription.count(
        channel_key(tenant_id, crowd.channel),
        filter_condition=Subscription.expires_at > epoch(now),
        consistent_read=True,
    )
