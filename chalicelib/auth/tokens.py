"""Access tokens: JWT, HS256, valid for one hour. Their claims, and how they are issued and verified.

header  alg HS256, kid
claims  iss luckygas-<stage>, tid tenant, kind of tenant, sub user, role, sid session, did driver, cid customer,
        iat, exp, jti
        ipw where an initial password must be changed first
        of guests also oid the tracker's order, tbl the table, gen the print of its QR code
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from chalicelib.auth.principal import Principal
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.settings import settings
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

LIFETIME_SECONDS: Final = 3600

# The clocks of the machines that run the functions differ by milliseconds, not by more than this.
LEEWAY_SECONDS: Final = 5

# Fixed, so that the algorithm in a token's header does not decide how the token is verified.
_ALGORITHM: Final = "HS256"


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    tid: str
    kind: Literal["delivery", "table"]
    sub: str
    role: Literal["admin", "office_staff", "driver", "customer", "tracker", "table"]
    sid: str
    iat: int
    exp: int
    jti: str
    did: str | None = None
    cid: str | None = None
    ipw: bool = False
    oid: str | None = None
    tbl: str | None = None
    gen: int | None = None


def issue_access_token(
    tenant: Tenant, user: User, session_id: str, *, now: datetime | None = None, keys: KeyRing = key_ring
) -> tuple[str, int]:
    """A token with the claims of this user's row, and the epoch second of its end. Raises Unavailable."""
    # Imported here because most functions issue no token.
    from chalicelib.auth.initial_passwords import password_change  # noqa: PLC0415 - see above

    issued_at = clock.epoch(now or clock.now())
    expires_at = issued_at + LIFETIME_SECONDS
    claims: dict[str, Any] = {
        "iss": _issuer(),
        "tid": tenant.id,
        "kind": tenant.kind,
        "sub": user.id,
        "role": user.role,
        "sid": session_id,
        "iat": issued_at,
        "exp": expires_at,
        "jti": clock.new_id(),
    }
    if user.driver_id is not None:
        claims["did"] = user.driver_id
    if user.customer_id is not None:
        claims["cid"] = user.customer_id
    if password_change(user) == "required":
        claims["ipw"] = True
    return _signed(claims, keys), expires_at


def issue_guest_token(principal: Principal, *, now: datetime, keys: KeyRing = key_ring) -> str:
    """A token with the principal's fields as claims, valid until its `expires_at`. Raises Unavailable."""
    claims = {
        "iss": _issuer(),
        "tid": principal.tenant_id,
        "kind": principal.kind,
        "sub": principal.user_id,
        "role": principal.role,
        "sid": principal.session_id,
        "iat": clock.epoch(now),
        "exp": principal.expires_at,
        "jti": clock.new_id(),
        "oid": principal.order_id,
        "tbl": principal.table_id,
        "gen": principal.qr_generation,
    }
    return _signed({name: value for name, value in claims.items() if value is not None}, keys)


def verify_access_token(
    token: str, *, now: datetime | None = None, keys: KeyRing = key_ring, late_by: timedelta = timedelta(0)
) -> Principal:
    """The principal of a token. late_by: how long after its end a token is still accepted.

    Raises Unauthenticated `token_expired` or `invalid_token`, and Unavailable without signing keys. Does not check
    sign-out or suspension; `session_access.verify_live` does.
    """
    claims = _verified_claims(token, keys)
    moment = clock.epoch(now or clock.now())
    if claims.iss != _issuer() or claims.iat > moment + LEEWAY_SECONDS:
        raise _invalid()
    if claims.exp + LEEWAY_SECONDS + late_by.total_seconds() <= moment:
        raise Unauthenticated("The access token has expired. Refresh it.", code=ErrorCode.TOKEN_EXPIRED)
    return Principal(
        tenant_id=claims.tid,
        kind=claims.kind,
        user_id=claims.sub,
        role=claims.role,
        session_id=claims.sid,
        expires_at=claims.exp,
        driver_id=claims.did,
        customer_id=claims.cid,
        password_change_required=claims.ipw,
        order_id=claims.oid,
        table_id=claims.tbl,
        qr_generation=claims.gen,
    )


# PyJWT is imported inside functions: most functions import this module, and few of them read a token.
def _signed(claims: dict[str, Any], keys: KeyRing) -> str:
    import jwt  # noqa: PLC0415

    key = keys.signing()
    return jwt.encode(claims, key.secret, algorithm=_ALGORITHM, headers={"kid": key.kid})


def _verified_claims(token: str, keys: KeyRing) -> _Claims:
    import jwt  # noqa: PLC0415

    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise _invalid()
        # `verify_access_token` compares the times with its own clock; `convert` requires every claim and its type.
        payload = jwt.decode(
            token,
            key.secret,
            algorithms=[_ALGORITHM],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
        return msgspec.convert(payload, _Claims)
    except (jwt.PyJWTError, msgspec.ValidationError, ValueError) as error:
        raise _invalid() from error


def _issuer() -> str:
    # Contains the stage, so that a token of `dev` is invalid in `prod` even if the keys were copied.
    return f"luckygas-{settings().stage}"


def _invalid() -> Unauthenticated:
    return Unauthenticated("The access token is not valid.", code=ErrorCode.INVALID_TOKEN)
