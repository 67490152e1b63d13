"""Checks that a session still admits its user. Not in `sessions`, which most functions need not import."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.auth.identity import Identity, read_identity
from chalicelib.auth.principal import Principal
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden, Unauthenticated
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

ReadIdentity = Callable[[str, str, str], Identity]


def verify_live(
    principal: Principal, *, now: datetime | None = None, read: ReadIdentity = read_identity
) -> tuple[Tenant, User]:
    """The tenant and user of a token, if they still have access and the token's claims are still true.

    One DynamoDB call. Raises Unauthenticated `session_revoked` or `token_outdated`, Forbidden `tenant_suspended`.
    """
    found = read(principal.tenant_id, principal.user_id, principal.session_id)
    tenant, user = admit(found, now or clock.now())
    says = (principal.kind, principal.role, principal.driver_id, principal.customer_id)
    if says != (tenant.kind, user.role, user.driver_id, user.customer_id):
        raise Unauthenticated(code=ErrorCode.TOKEN_OUTDATED)
    return tenant, user


def admit(found: Identity, now: datetime) -> tuple[Tenant, User]:
    """The tenant and the user, if the session works.

    Raises Unauthenticated `session_revoked`, Forbidden `tenant_suspended`.
    """
    tenant, user, session = found.tenant, found.user, found.session
    # Fails closed: a missing row or an unknown status is refused.
    if tenant is None or user is None or session is None:
        raise _session_revoked()
    if user.tenant_id != tenant.id or not works(session, user, now) or user.status != "active":
        raise _session_revoked()
    if tenant.status != "active":
        raise Forbidden(code=ErrorCode.TENANT_SUSPENDED)
    return tenant, user


def works(session: RefreshToken, user: User, now: datetime) -> bool:
    """Whether it is a session of this user that has not ended."""
    if (session.tenant_id, session.user_id) != (user.tenant_id, user.id) or session.revoked_at is not None:
        return False
    return session.expires_at > clock.epoch(now) and session.created_at >= user.sessions_valid_from


def _session_revoked() -> Unauthenticated:
    return Unauthenticated("The session has ended. Sign in again.", code=ErrorCode.SESSION_REVOKED)
