"""The users and tenants whose access changed within the last hour, for endpoints that trust a token.

A revocation does not refuse a request. It means that the tokens of a user, or of a whole tenant, have to be
checked by reading their rows (`live.verify_live`). So writing one twice, late, or for too many users costs a call
and refuses nothing. consumers/access.py writes the revocations from the streams of users, tenants and sessions.

Revocations are stored by the minute in which they were written. A process reads all of the last hour once, and
then at most every five seconds the newer ones, for all tenants with one Query.
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
# How old they may be while they cannot be read; after that all requests are refused.
USABLE_FOR: Final = timedelta(minutes=1)
# The most users in one row; beyond that the row is for the whole tenant. 100 ids of 26 bytes are under 4 KB, which
# is one read unit.
MOST_USERS: Final = 100
# A minute's row may change until the minute ends. A slow write arrives up to ten seconds later, and clocks differ
# by less than a second; another minute covers both.
_OVERLAP: Final = timedelta(minutes=2)
# The lifetime of a token issued just before the change, and two minutes for a sign-in or a refresh that read the
# rows before the change and issued its token after it.
RETENTION: Final = timedelta(seconds=LIFETIME_SECONDS + LEEWAY_SECONDS + 120)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Read = Callable[[datetime], Iterable[Revocation]]


class _Cache(Struct, frozen=True):
    """The revocations that the process has read. until: epoch seconds by (tenant, user); by (tenant, None) for all
    of its users.

    read_at: the start of the last successful read; tried_at: of the last read.
    """

    until: dict[tuple[str, str | None], int] = {}
    read_at: datetime = _NEVER
    tried_at: datetime = _NEVER


def record_users(tenant_id: str, user_ids: Collection[str], *, now: datetime) -> None:
    """Makes the next requests of these users read their rows. Repeating it changes nothing."""
    row = _row(tenant_id, now)
    users, whole = Revocation.users, Revocation.whole_tenant
    has_room = users.does_not_exist() | (size(users) < MOST_USERS)
    if not row.update_if([users.add(set(user_ids)), _expiry(now)], whole.does_not_exist() & has_room):
        record_tenant(tenant_id, now=now)


def record_tenant(tenant_id: str, *, now: datetime) -> None:
    """Makes the next requests of all users of the tenant read their rows. Repeating it changes nothing."""
    row = _row(tenant_id, now)
    row.update([Revocation.whole_tenant.set(True), Revocation.users.remove(), _expiry(now)])


def read_rows(since: datetime) -> Iterable[Revocation]:
    """The rows of the minute of `since` and later. Raises PynamoDBException."""
    return Revocation.query(PARTITION, Revocation.minute_tenant >= _minute(since), consistent_read=True)


class Revocations:
    """The revocations that this process has read."""

    def __init__(self, *, read: Read = read_rows, now: Callable[[], datetime] = clock.now) -> None:
        # Wall clock, not monotonic: the monotonic clock of a frozen Lambda instance may stop.
        self._read = read
        self._now = now
        self._cache = _Cache()

    def concern(self, principal: Principal) -> bool:
        """Whether the principal's access may have changed since the token was issued. Raises Unavailable.

        Makes no call if the rows were read within FRESH_FOR, otherwise one.
        """
        now = self._now()
        known = self._current(now)
        moment = clock.epoch(now)
        keys = (principal.tenant_id, principal.user_id), (principal.tenant_id, None)
        return any(known.until.get(key, 0) > moment for key in keys)

    def clear(self) -> None:
        """Discards what was read, as in a new process."""
        self._cache = _Cache()

    def _current(self, now: datetime) -> _Cache:
        cache = self._cache
        usable = now - cache.read_at < USABLE_FOR
        if usable and timedelta(0) <= now - cache.tried_at < FRESH_FOR:
            return cache
        try:
            # One assignment, so that concurrent threads each leave a consistent state.
            self._cache = _newer(cache, self._read(max(cache.read_at, now - RETENTION) - _OVERLAP), now)
        except PynamoDBException as error:
            if not usable:
                raise Unavailable("Whose access has ended cannot be read. Try again soon.") from error
            log.warning("revocations_unreadable", exc_info=True)
            self._cache = structs.replace(cache, tried_at=now)
        return self._cache


def _newer(known: _Cache, rows: Iterable[Revocation], now: datetime) -> _Cache:
    moment = clock.epoch(now)
    until = {key: end for key, end in known.until.items() if end > moment}
    for row in rows:
        tenant_id = row.minute_tenant.partition("#")[2]
        # A row without users counts for all users of the tenant, so that a damaged row admits no one.
        users = None if row.whole_tenant else row.users
        for user_id in users or (None,):
            until[tenant_id, user_id] = max(until.get((tenant_id, user_id), 0), int(row.expires_at))
    return _Cache(until, read_at=now, tried_at=now)


def _row(tenant_id: str, now: datetime) -> Revocation:
    return Revocation(PARTITION, f"{_minute(now)}#{tenant_id}")


def _expiry(now: datetime) -> Action:
    return Revocation.expires_at.set(clock.epoch(now + RETENTION))


def _minute(moment: datetime) -> str:
    return clock.wire(moment)[: len("2026-11-30T08:07")]


revocations = Revocations()
