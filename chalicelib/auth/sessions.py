"""Sessions: one per sign-in, kept alive by refresh tokens that work once.

A refresh token is `<session_id>.<secret>`; only the SHA-256 of the newest secret is stored. Whoever comes with an
older one has a copy that somebody else has used since: the whole family ends (RFC 9700 §4.14.2).
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct
from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib import clock
from chalicelib.auth.identity import Identity, read_identity
from chalicelib.auth.principal import Principal
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.auth.tokens import LIFETIME_SECONDS, issue_access_token
from chalicelib.errors import Forbidden, Unauthenticated
from chalicelib.logs import log
from chalicelib.models.base import condition_failed
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

REFRESH_LIFETIME: Final = timedelta(days=30)

# A ULID and 32 bytes in base64url, with room; whatever is longer is no token of ours.
_MAX_PART: Final = 64

ReadIdentity = Callable[[str, str, str], Identity]


class TokenPair(Struct, frozen=True):
    """What a client gets for signing in or refreshing."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int = LIFETIME_SECONDS


def open_session(
    tenant: Tenant,
    user: User,
    *,
    signed_in_at: datetime,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
) -> TokenPair:
    """A new session and its first tokens.

    signed_in_at: an instant before the password was compared. A password reset or suspension since then must end
    this session too, though its row is written after.
    """
    moment = now or clock.now()
    session_id, secret = clock.new_id(), secrets.token_urlsafe(32)
    # The access token first: without signing keys nothing is written.
    access_token, _ = issue_access_token(tenant, user, session_id, now=moment, keys=keys)
    RefreshToken(
        session_id,
        tenant_id=tenant.id,
        user_id=user.id,
        token_hash=_hash(secret),
        created_at=clock.wire(signed_in_at),
        expires_at=clock.epoch(moment + REFRESH_LIFETIME),
    ).save()
    return TokenPair(access_token, f"{session_id}.{secret}")


def refresh(
    refresh_token: str,
    *,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
    read: ReadIdentity = read_identity,
) -> TokenPair:
    """The next pair of tokens; the given refresh token is used up.

    Raises Unauthenticated `invalid_refresh_token`, `refresh_token_reused` or `session_revoked`, and Forbidden
    `tenant_suspended`; the token survives that last one.
    """
    moment = now or clock.now()
    session_id, _, secret = refresh_token.partition(".")
    if not 0 < len(session_id) <= _MAX_PART or not 0 < len(secret) <= _MAX_PART:
        raise _invalid_refresh_token()
    try:
        session = RefreshToken.get(session_id, consistent_read=True)
    except DoesNotExist as error:
        raise _invalid_refresh_token() from error
    if session.revoked_at is not None or session.expires_at <= clock.epoch(moment):
        raise _invalid_refresh_token()
    given = _hash(secret)
    if not hmac.compare_digest(session.token_hash, given):
        raise _reused(session, moment)

    tenant, user = _let_in(read(session.tenant_id, session.user_id, session_id), moment)
    next_secret = secrets.token_urlsafe(32)
    access_token, _ = issue_access_token(tenant, user, session_id, now=moment, keys=keys)
    try:
        session.update(
            [
                RefreshToken.token_hash.set(_hash(next_secret)),
                RefreshToken.expires_at.set(clock.epoch(moment + REFRESH_LIFETIME)),
            ],
            condition=(RefreshToken.token_hash == given) & RefreshToken.revoked_at.does_not_exist(),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
        # Somebody used the same token, or ended the session, between our read and our write.
        raise _reused(session, moment) from error
    return TokenPair(access_token, f"{session_id}.{next_secret}")


def revoke(session_id: str, *, now: datetime | None = None) -> None:
    """Ends a session. Its tokens are refused from here on; once is as good as twice."""
    revoked_at = RefreshToken.revoked_at
    try:
        RefreshToken(session_id).update(
            [revoked_at.set(revoked_at | clock.wire(now or clock.now()))],
            condition=RefreshToken.session_id.exists(),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise


def verify_live(
    principal: Principal, *, now: datetime | None = None, read: ReadIdentity = read_identity
) -> tuple[Tenant, User]:
    """The tenant and user of a token, if they may still come in and are still what the token says.

    One DynamoDB call. Raises Unauthenticated `session_revoked` or `token_outdated`, Forbidden `tenant_suspended`.
    """
    found = read(principal.tenant_id, principal.user_id, principal.session_id)
    tenant, user = _let_in(found, now or clock.now())
    says = (principal.kind, principal.role, principal.driver_id, principal.customer_id)
    if says != (tenant.kind, user.role, user.driver_id, user.customer_id):
        raise Unauthenticated("The user has changed. Refresh the access token.", code="token_outdated")
    return tenant, user


def _let_in(found: Identity, now: datetime) -> tuple[Tenant, User]:
    tenant, user, session = found.tenant, found.user, found.session
    # Fails closed: whatever is missing or unknown is no.
    if tenant is None or user is None or session is None:
        raise _session_revoked()
    if (session.tenant_id, session.user_id) != (tenant.id, user.id) or session.revoked_at is not None:
        raise _session_revoked()
    if session.expires_at <= clock.epoch(now) or session.created_at < user.sessions_valid_from:
        raise _session_revoked()
    if user.status != "active":
        raise _session_revoked()
    if tenant.status != "active":
        raise Forbidden("This business is suspended.", code="tenant_suspended")
    return tenant, user


def _reused(session: RefreshToken, now: datetime) -> Unauthenticated:
    revoke(session.session_id, now=now)
    log.warning("refresh_token_reused", extra={"tenant_id": session.tenant_id, "user_id": session.user_id})
    return Unauthenticated(
        "The refresh token was used before; the session has ended.", code="refresh_token_reused"
    )


def _hash(secret: str) -> str:
    # Plain SHA-256 is enough for 256 random bits; a slow hash protects what people choose.
    return hashlib.sha256(secret.encode()).hexdigest()


def _invalid_refresh_token() -> Unauthenticated:
    return Unauthenticated("The refresh token is not valid. Sign in again.", code="invalid_refresh_token")


def _session_revoked() -> Unauthenticated:
    return Unauthenticated("The session has ended. Sign in again.", code="session_revoked")
