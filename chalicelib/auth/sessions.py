"""Sessions: one per sign-in, extended by refresh tokens that work once.

A refresh token is `<session_id>.<secret>`; only the SHA-256 of the newest secret is stored. An older secret means
that a second client has a copy of the token, so the session ends (RFC 9700 §4.14.2). A secret that was never
issued does not end the session (`issued`), because session ids are not secret. A client that proves that it
repeats its own request receives the same answer again (`retries`).
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib.auth import issued, retries
from chalicelib.auth.identity import read_identity
from chalicelib.auth.session_access import ReadIdentity, admit
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.auth.tokens import LIFETIME_SECONDS, issue_access_token
from chalicelib.core import clock, user_agents
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.logs import log
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

REFRESH_LIFETIME: Final = timedelta(days=30)

# More than a ULID and than 32 bytes in base64url; a longer part is not from us.
_MAX_PART: Final = 64


class TokenPair(Struct, frozen=True):
    """The tokens that a client receives for signing in or refreshing."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int = LIFETIME_SECONDS


def open_session(
    tenant: Tenant,
    user: User,
    *,
    signed_in_at: datetime,
    user_agent: str | None = None,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
) -> TokenPair:
    """Opens a session and returns its first tokens.

    signed_in_at: an instant before the password was compared. A password reset or suspension after it ends this
    session, even if the session's row is written later. user_agent: the request's header.
    """
    moment = now or clock.now()
    session_id, mark_key = clock.new_id(), issued.new_mark_key()
    secret = retries.text_of(issued.new_secret(mark_key))
    # The access token first, so that nothing is written without signing keys.
    access_token, _ = issue_access_token(tenant, user, session_id, now=moment, keys=keys)
    RefreshToken(
        session_id,
        tenant_id=tenant.id,
        user_id=user.id,
        token_hash=_hash(secret),
        mark_key=mark_key,
        created_at=clock.wire(signed_in_at),
        last_used_at=clock.wire(moment),
        user_agent=user_agents.family(user_agent),
        expires_at=clock.epoch(moment + REFRESH_LIFETIME),
    ).save()
    return TokenPair(access_token, f"{session_id}.{secret}")


def refresh(
    refresh_token: str,
    *,
    retry_key: str | None = None,
    now: datetime | None = None,
    keys: KeyRing = key_ring,
    read: ReadIdentity = read_identity,
) -> TokenPair:
    """Returns the next pair of tokens and invalidates the given refresh token.

    retry_key: for a minute, the same token and key return the same refresh token again, unless that one was used.
    Raises Unauthenticated `invalid_refresh_token`, `refresh_token_reused` or `session_revoked`, and Forbidden
    `tenant_suspended`, after which the token is still valid.
    """
    moment = now or clock.now()
    session_id, _, secret = refresh_token.partition(".")
    if not 0 < len(session_id) <= _MAX_PART or not 0 < len(secret) <= _MAX_PART:
        raise _invalid_refresh_token()
    session = RefreshToken.find(session_id, consistent_read=True)
    if session is None:
        raise _invalid_refresh_token()
    if session.revoked_at is not None or session.expires_at <= clock.epoch(moment):
        raise _invalid_refresh_token()
    given = _hash(secret)
    if not hmac.compare_digest(session.token_hash, given):
        return _answer_again(session, secret, retry_key, now=moment, keys=keys, read=read)

    tenant, user = admit(read(session.tenant_id, session.user_id, session_id), moment)
    mark_key = session.mark_key or issued.new_mark_key()
    next_secret = issued.new_secret(mark_key)
    access_token, _ = issue_access_token(tenant, user, session_id, now=moment, keys=keys)
    if not session.update_if(
        [
            RefreshToken.token_hash.set(_hash(retries.text_of(next_secret))),
            RefreshToken.expires_at.set(clock.epoch(moment + REFRESH_LIFETIME)),
            RefreshToken.last_used_at.set(clock.wire(moment)),
            *_retry_attributes(next_secret, secret, retry_key, moment),
            *_store_unmarked(secret, mark_key),
        ],
        (RefreshToken.token_hash == given) & RefreshToken.revoked_at.does_not_exist(),
    ):
        # Another request used the same token, or ended the session, between our read and our write.
        session.refresh(consistent_read=True)
        return _answer_again(session, secret, retry_key, now=moment, keys=keys, read=read)
    return TokenPair(access_token, f"{session_id}.{retries.text_of(next_secret)}")


def revoke(session_id: str, *, now: datetime | None = None) -> None:
    """Ends a session; its tokens are refused from now on. Repeating it changes nothing."""
    revoked_at = RefreshToken.revoked_at
    RefreshToken(session_id).update_if(
        [revoked_at.set(revoked_at | clock.wire(now or clock.now()))],
        RefreshToken.session_id.exists(),
    )


def _retry_attributes(
    next_secret: bytes, secret: str, retry_key: str | None, now: datetime
) -> tuple[Action, Action]:
    text, until = RefreshToken.retry_sealed, RefreshToken.retry_until
    if retry_key is None:
        return text.remove(), until.remove()
    encrypted = retries.encrypted(next_secret, token=secret, retry_key=retry_key)
    return text.set(encrypted), until.set(clock.epoch(now + retries.RETRY_WITHIN))


def _store_unmarked(secret: str, mark_key: str) -> list[Action]:
    """Stores the hash of a secret without a mark, which a function of the previous version issued."""
    if issued.is_marked(secret, mark_key):
        return []
    return [RefreshToken.mark_key.set(mark_key), RefreshToken.unmarked_hash.set(_hash(secret))]


def _was_issued(session: RefreshToken, secret: str) -> bool:
    if session.unmarked_hash is not None and hmac.compare_digest(session.unmarked_hash, _hash(secret)):
        return True
    return session.mark_key is not None and issued.is_marked(secret, session.mark_key)


def _answer_again(
    session: RefreshToken,
    secret: str,
    retry_key: str | None,
    *,
    now: datetime,
    keys: KeyRing,
    read: ReadIdentity,
) -> TokenPair:
    """The answer to the first use of the token.

    Raises Unauthenticated: `refresh_token_reused` for a copy, `invalid_refresh_token` for an invented secret.
    """
    next_secret = _stored_answer(session, secret, retry_key, now)
    if next_secret is None:
        raise _reused(session, now) if _was_issued(session, secret) else _invalid_refresh_token()
    tenant, user = admit(read(session.tenant_id, session.user_id, session.session_id), now)
    access_token, _ = issue_access_token(tenant, user, session.session_id, now=now, keys=keys)
    log.info("refresh_answered_again", extra={"tenant_id": session.tenant_id, "user_id": session.user_id})
    return TokenPair(access_token, f"{session.session_id}.{next_secret}")


def _stored_answer(session: RefreshToken, secret: str, retry_key: str | None, now: datetime) -> str | None:
    if retry_key is None or session.retry_sealed is None or session.revoked_at is not None:
        return None
    if session.retry_until < clock.epoch(now):
        return None
    decrypted = retries.decrypted(session.retry_sealed, token=secret, retry_key=retry_key)
    next_secret = retries.text_of(decrypted)
    # Not the newest secret if the token or the key is another one, or if the answer's token was used.
    return next_secret if hmac.compare_digest(session.token_hash, _hash(next_secret)) else None


def _reused(session: RefreshToken, now: datetime) -> Unauthenticated:
    revoke(session.session_id, now=now)
    log.warning("refresh_token_reused", extra={"tenant_id": session.tenant_id, "user_id": session.user_id})
    return Unauthenticated(code=ErrorCode.REFRESH_TOKEN_REUSED)


def _hash(secret: str) -> str:
    # Plain SHA-256 is enough for 256 random bits. Slow hashes are for passwords that people choose.
    return hashlib.sha256(secret.encode()).hexdigest()


def _invalid_refresh_token() -> Unauthenticated:
    return Unauthenticated(code=ErrorCode.INVALID_REFRESH_TOKEN)
