"""Signing in with a password, and changing it.

From outside, a name that nobody has and a wrong password are the same: the same answer, the same count, the same
calls and the same work.
"""

from datetime import datetime
from typing import Final, NamedTuple

from pynamodb.exceptions import UpdateError

from chalicelib import clock
from chalicelib.auth.attempts import forget_attempts, reserve_attempt
from chalicelib.auth.confirmation import is_own_password
from chalicelib.auth.identity import read_identity
from chalicelib.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.auth.usernames import login_key
from chalicelib.errors import Conflict, Forbidden, Invalid, Unauthenticated
from chalicelib.logs import log
from chalicelib.models.base import condition_failed
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

# Read in place of the rows of a name that nobody has; no id looks like this.
_NOBODY: Final = "-"


class SignIn(NamedTuple):
    """A new session: its first tokens, and whose it is."""

    tokens: TokenPair
    tenant: Tenant
    user: User


def sign_in(username: str, password: str, *, now: datetime | None = None, keys: KeyRing = key_ring) -> SignIn:
    """A new session.

    Raises Unauthenticated `wrong_credentials`, TooFast while the account waits, and, only after the right
    password, Forbidden `tenant_suspended` or `user_suspended`.
    """
    started_at = now or clock.now()
    name = reserve_attempt(login_key(username), now=started_at)
    found = read_identity(name.tenant_id or _NOBODY, name.user_id or _NOBODY)
    tenant, user = found.tenant, found.user
    right = verify_password(user.password_hash if user else None, password)
    if tenant is None or user is None or not right:
        log.info("sign_in_refused", extra={"reason": "wrong_credentials", **_who(user)})
        raise _wrong_credentials()
    forget_attempts(name.username)
    if tenant.status != "active":
        log.info("sign_in_refused", extra={"reason": "tenant_suspended", **_who(user)})
        raise Forbidden("This business is suspended.", code="tenant_suspended")
    if user.status != "active":
        log.info("sign_in_refused", extra={"reason": "user_suspended", **_who(user)})
        raise Forbidden("This account is suspended.", code="user_suspended")
    if needs_rehash(user.password_hash):
        _rehash(user, password)
    tokens = open_session(tenant, user, signed_in_at=started_at, now=now, keys=keys)
    log.info("signed_in", extra=_who(user))
    return SignIn(tokens, tenant, user)


def change_password(
    tenant: Tenant,
    user: User,
    *,
    current_password: str,
    new_password: str,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
) -> TokenPair:
    """Sets the password, ends every session of the user and opens a new one.

    Raises Invalid for a password that is too easy to guess or the current one, Unauthenticated `wrong_credentials`
    and TooFast for a wrong current one, Conflict when the password was set elsewhere meanwhile.
    """
    check_password("new_password", new_password, names=(user.username, user.name, tenant.name))
    if new_password == current_password:
        raise Invalid(("new_password", "the same as the current one"), code="password_unchanged")
    if not is_own_password(user, current_password, now=now):
        log.info("password_change_refused", extra={"reason": "wrong_credentials", **_who(user)})
        raise _wrong_credentials()
    new_hash = hash_password(new_password)
    # Taken after the hashing: sessions opened while it ran with the old password end as well.
    moment = now or clock.now()
    try:
        user.update(
            [
                User.password_hash.set(new_hash),
                User.password_initial.remove(),
                User.sessions_valid_from.set(clock.wire(moment)),
                User.updated_at.set(clock.wire(moment)),
            ],
            condition=User.password_hash == user.password_hash,
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        raise Conflict("The password was changed elsewhere just now.") from error
    log.info("password_changed", extra=_who(user))
    return open_session(tenant, user, signed_in_at=moment, now=moment, keys=keys)


def _rehash(user: User, password: str) -> None:
    try:
        user.update(
            [User.password_hash.set(hash_password(password))],
            condition=User.password_hash == user.password_hash,
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        # It was changed meanwhile, and with that hashed anew.


def _who(user: User | None) -> dict[str, str]:
    return {} if user is None else {"tenant_id": user.tenant_id, "user_id": user.id}


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated("The username or the password is wrong.", code="wrong_credentials")
