"""Signing in with a password, and changing it.

A client cannot distinguish an unknown name from a wrong password: answer, counting, AWS calls and computing time
are the same.
"""

from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.auth import totp
from chalicelib.auth.attempts import Attempt, check_address, reserve_as_stranger, reserve_from_device
from chalicelib.auth.confirmation import is_own_password
from chalicelib.auth.devices import device_token, known_device
from chalicelib.auth.identity import read_identity
from chalicelib.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.auth.usernames import login_key
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

# An id that does not exist; read for an unknown name, so that it costs the same calls.
_UNKNOWN: Final = "-"


class SignIn(NamedTuple):
    """A new session: its first tokens, user and tenant. device: the token of this device for the next sign-in."""

    tokens: TokenPair
    device: str
    tenant: Tenant
    user: User


def sign_in(
    username: str,
    password: str,
    *,
    address: str,
    code: str | None = None,
    device: str | None = None,
    user_agent: str | None = None,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
) -> SignIn:
    """Starts a session.

    address: the key of the client's address. code: of the authenticator app, or a recovery code. device: the token
    of an earlier sign-in from the same device.

    Raises Unauthenticated `wrong_credentials`, TooFast after too many wrong passwords, and, only after the right
    password, Forbidden `tenant_suspended` or `user_suspended`, Unauthenticated `totp_required` or `totp_wrong`,
    and TooFast after too many wrong codes.
    """
    started_at = now or clock.now()
    if device is None:
        check_address(address, now=started_at)
    name = _named(login_key(username))
    user_id = name.user_id or _UNKNOWN
    device_id = known_device(device, user_id, now=started_at, keys=keys)
    attempt = _reserve(name, device_id, address, started_at, keys)
    found = read_identity(name.tenant_id or _UNKNOWN, user_id)
    tenant, user = found.tenant, found.user
    right = verify_password(user.password_hash if user else None, password)
    if tenant is None or user is None or not right:
        _refused("wrong_credentials", user, address)
        raise _wrong_credentials()
    attempt.record_success(now or clock.now())
    if tenant.status != "active":
        _refused("tenant_suspended", user, address)
        raise Forbidden(code=ErrorCode.TENANT_SUSPENDED)
    if user.status != "active":
        _refused("user_suspended", user, address)
        raise Forbidden(code=ErrorCode.USER_SUSPENDED)
    if user.totp_salt is not None:
        _check_code(user, code, address, now or clock.now())
    if needs_rehash(user.password_hash):
        _rehash(user, password)
    tokens = open_session(tenant, user, signed_in_at=started_at, user_agent=user_agent, now=now, keys=keys)
    log.info(
        "signed_in",
        extra={"address": address, "known_device": device_id is not None, **_ids_of(user), **measured(SignIns=1)},
    )
    return SignIn(tokens, device_token(user.id, device_id, now=started_at, keys=keys), tenant, user)


def change_password(
    tenant: Tenant,
    user: User,
    *,
    current_password: str,
    new_password: str,
    address: str,
    user_agent: str | None = None,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
) -> TokenPair:
    """Sets the password, ends every session of the user and opens a new one.

    Raises Invalid for a new password that is easy to guess or equal to the current one, Unauthenticated
    `wrong_credentials` and TooFast for a wrong current one, Conflict if another request has set the password.
    """
    check_password("new_password", new_password, names=(user.username, user.name, tenant.name))
    if new_password == current_password:
        raise Invalid(("new_password", "the same as the current one"), code=ErrorCode.PASSWORD_UNCHANGED)
    if not is_own_password(user, current_password, address=address, now=now):
        log.info(
            "password_change_refused", extra={"reason": "wrong_credentials", "address": address, **_ids_of(user)}
        )
        raise _wrong_credentials()
    new_hash = hash_password(new_password)
    # Read after the hashing, so that sessions opened with the old password while it ran end as well.
    moment = now or clock.now()
    if not user.update_if(
        [
            User.password_hash.set(new_hash),
            User.password_initial.remove(),
            User.sessions_valid_from.set(clock.wire(moment)),
            User.updated_at.set(clock.wire(moment)),
        ],
        User.password_hash == user.password_hash,
    ):
        raise Conflict("The password was changed elsewhere just now.")
    log.info("password_changed", extra=_ids_of(user))
    return open_session(tenant, user, signed_in_at=moment, user_agent=user_agent, now=moment, keys=keys)


def _check_code(user: User, code: str | None, address: str, now: datetime) -> None:
    if code is None:
        raise Unauthenticated(code=ErrorCode.TOTP_REQUIRED)
    if not totp.use_code(user, code, now=now):
        _refused("totp_wrong", user, address)
        raise Unauthenticated(code=ErrorCode.TOTP_WRONG)


def _named(username: str) -> LoginName:
    """The name's row, with one call; a row without `user_id` for an unknown name."""
    return LoginName.find(username, consistent_read=True) or LoginName(username)


def _reserve(name: LoginName, device_id: str | None, address: str, now: datetime, keys: KeyRing) -> Attempt:
    if device_id is not None and name.user_id is not None:
        return reserve_from_device(device_id, name.user_id, address, now=now)
    return reserve_as_stranger(name.username, address, now=now, keys=keys)


def _refused(reason: str, user: User | None, address: str) -> None:
    log.info(
        "sign_in_refused",
        extra={"reason": reason, "address": address, **_ids_of(user), **measured(SignInsRefused=1)},
    )


def _rehash(user: User, password: str) -> None:
    # A password that was changed meanwhile has a new hash already.
    user.update_if([User.password_hash.set(hash_password(password))], User.password_hash == user.password_hash)


def _ids_of(user: User | None) -> dict[str, str]:
    return {} if user is None else {"tenant_id": user.tenant_id, "user_id": user.id}


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated(code=ErrorCode.WRONG_CREDENTIALS)
