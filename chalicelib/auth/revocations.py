"""Whose access changed within the last hour, so that endpoints which trust a token need not read its rows.

A row is no verdict. It says that the tokens of a user, or of a whole tenant, have to be checked against the rows
(`live.verify_live`). So a row may be written twice, late, or for too many users: that costs a call, and refuses
no one. consumers/access.py writes the rows; it sees every change of users, tenants and sessions, whatever made it.

Rows are ordered by the minute in which they were written. A process reads all of the last hour once, and then at
most every five seconds what is newer, for all tenants with one Query.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct, structs
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import Principal
from chalicelib.auth.tokens import LEEWAY_SECONDS, LIFETIME_SECONDS
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import log
from chalicelib.models.revocation import PARTITION, Revocation

# How old the rows that a process has read may be.
FRESH_FOR: Final = timedelta(seconds=5)
# How old they may be while they cannot be read; after that nothing is accepted.
USABLE_FOR: Final = timedelta(minutes=1)
# Of one tenant and minute: 100 ids of 26 bytes are under 4 KB, a read unit.
MOST_USERS: Final = 100
# A minute's row is written until the minute ends. A slow write arrives up to ten seconds later, and clocks differ
# by less than a second; another minute covers both.
_OVERLAP: Final = timedelta(minutes=2)
# The life of a token that was issued just before the change, and two minutes for a sign-in or a refresh that read
# the rows before the change and issued its token after it.
RETENTION: Final = timedelta(seconds=LIFETIME_SECONDS + LEEWAY_SECONDS + 120)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Read = Callable[[datetime], Iterable[Revocation]]


class _Known(Struct, frozen=True):
    """What a process has read. until: epoch seconds by (tenant, user), by (tenant, None) for all its users.

    read_at: when the last read that succeeded began, tried_at: the last one.
    """

    until: dict[tuple[str, str | None], int] = {}
    read_at: datetime = _NEVER
    tried_at: datetime = _NEVER


def record_users(tenant_id: str, user_ids: Collection[str], *, now: datetime) -> None:
    """Makes the next requests of these users read their rows. Repeating it is harmless."""
    row = _row(tenant_id, now)
    users, whole = Revocation.users, Revocation.whole_tenant
    has_room = users.does_not_exist() | (size(users) < MOST_USERS)
    if not row.update_if([users.add(set(user_ids)), _expiry(now)], whole.does_not_exist() & has_room):
        record_tenant(tenant_id, now=now)


def record_tenant(tenant_id: str, *, now: datetime) -> None:
    """Makes the next requests of all users of the tenant read their rows. Repeating it is harmless."""
    row = _row(tenant_id, now)
    row.update([Revocation.whole_tenant.set(True), Revocation.users.remove(), _expiry(now)])


def read_rows(since: datetime) -> Iterable[Revocation]:
    """The rows of the minute of `since` and later. Raises PynamoDBException."""
    return Revocation.query(PARTITION, Revocation.minute_tenant >= _minute(since), consistent_read=True)


class Revocations:
    """The revocations as this process knows them."""

    def __init__(self, *, read: Read = read_rows, now: Callable[[], datetime] = clock.now) -> None:
        # Wall clock, not monotonic: a frozen Lambda's monotonic clock may stand still meanwhile.
        self._read = read
        self._now = now
        self._known = _Known()

    def concern(self, principal: Principal) -> bool:
        """Whether the principal's access may have changed since the token was issued. Raises Unavailable.

        No call where the rows were read within FRESH_FOR, one otherwise.
        """
        now = self._now()
        known = self._current(now)
        moment = clock.epoch(now)
        keys = (principal.tenant_id, principal.user_id), (principal.tenant_id, None)
        return any(known.until.get(key, 0) > moment for key in keys)

    def clear(self) -> None:
        """Forgets what was read, as a new process has read nothing."""
        self._known = _Known()

    def _current(self, now: datetime) -> _Known:
        known = self._known
        usable = now - known.read_at < USABLE_FOR
        if usable and timedelta(0) <= now - known.tried_at < FRESH_FOR:
            return known
        try:
            # Assigned at once: of two threads that read at the same time, each leaves a whole state behind.
            self._known = _newer(known, self._read(max(known.read_at, now - RETENTION) - _OVERLAP), now)
        except PynamoDBException as error:
            if not usable:
                raise Unavailable("Whose access has ended cannot be read. Try again soon.") from error
            log.warning("revocations_unreadable", exc_info=True)
            self._known = structs.replace(known, tried_at=now)
        return self._known


def _newer(known: _Known, rows: Iterable[Revocation], now: datetime) -> _Known:
    moment = clock.epoch(now)
    until = {key: end for key, end in known.until.items() if end > moment}
    for row in rows:
        tenant_id = row.minute_tenant.partition("#")[2]
        # A row without users is of all of them: what cannot be read must not let anyone in.
        users = None if row.whole_tenant else row.users
        for user_id in users or (None,):
            until[tenant_id, user_id] = max(until.get((tenant_id, user_id), 0), int(row.expires_at))
    return _Known(until, read_at=now, tried_at=now)


def _row(tenant_id: str, now: datetime) -> Revocation:
    return Revocation(PARTITION, f"{_minute(now)}#{tenant_id}")


def _expiry(now: datetime) -> Action:
    return Revocation.expires_at.set(clock.epoch(now + RETENTION))


def _minute(moment: datetime) -> str:
    return clock.wire(moment)[: len("2026-11-30T08:07")]


# Of this process.
revocations = Revocations()
