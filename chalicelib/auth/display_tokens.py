"""Display tokens: read-only access for screens that cannot sign in. Admins create, list and revoke them.

    display_<tenant id>_<token id>_<secret>

A token is opaque and not a JWT, because a display outlives the signing keys. The row stores the token's SHA-256.
The tenant's id is not secret; a table's QR code contains it, too.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from chalicelib.auth.identity import read_rows
from chalicelib.auth.principal import ADMIN, DISPLAY, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Forbidden, Unauthenticated
from chalicelib.core.fields import Id, Part, ShortText, WireTime
from chalicelib.core.logs import log
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.lookup import get_row
from chalicelib.models.tenant import Tenant
from chalicelib.models.views import view_of

MOST_LIVE: Final = 50
# How long an expired or revoked token remains in the list.
_LISTED_FOR: Final = timedelta(days=7)
_SECRET_BYTES: Final = 24
# Compiled and cached by `re` at the first token.
_FORM: Final = r"display_([0-9A-Za-z_-]{1,44})_([0-9A-Z]{26})_([0-9a-f]{48})"


class NewDisplayToken(Struct, forbid_unknown_fields=True, frozen=True):
    """A request for a token. name: where it is used."""

    name: ShortText
    expires_in_days: Annotated[int, Meta(ge=1, le=365)] = 90


class DisplayTokenView(Struct, kw_only=True):
    """A display token without its secret. created_by: a user's id."""

    id: str
    name: str
    created_at: WireTime
    created_by: str
    expires_at: WireTime
    revoked_at: WireTime | None


class IssuedDisplayToken(DisplayTokenView, kw_only=True):
    """token: only this answer contains it; the table has its hash."""

    token: str


def is_display_token(token: str) -> bool:
    """Whether a bearer token has the prefix of display tokens. An access token begins with its header, `eyJ`."""
    return token.startswith("display_")


def display_user_id(token_id: str) -> str:
    """A display's value for `user_id`. Ids have no colon, so no user and no `user:` channel can have the same."""
    return f"display:{token_id}"


@rule(roles={ADMIN})
def create_display_token(principal: Principal, new: NewDisplayToken, *, now: datetime) -> IssuedDisplayToken:
    """Creates a token of the principal's tenant. Raises Conflict if MOST_LIVE are in use."""
    # Concurrent requests may exceed the limit by one; it is there to stop faulty scripts.
    if sum(_is_live(row, now) for row in _rows(principal.tenant_id, now)) >= MOST_LIVE:
        raise Conflict(
            f"A business may have {MOST_LIVE} display tokens. Revoke one that is not used.",
            code=ErrorCode.TOO_MANY_DISPLAY_TOKENS,
        )
    token_id = clock.new_id()
    token = f"display_{principal.tenant_id}_{token_id}_{secrets.token_hex(_SECRET_BYTES)}"
    ends = now + timedelta(days=new.expires_in_days)
    row = DisplayToken(
        principal.tenant_id,
        token_id,
        name=new.name,
        kind=principal.kind,
        token_hash=_hash(token),
        created_at=clock.wire(now),
        created_by=principal.user_id,
        token_expires_at=clock.epoch(ends),
        expires_at=clock.epoch(ends + _LISTED_FOR),
    )
    row.save(condition=DisplayToken.id.does_not_exist())
    log.info("display_token_created", extra={"tenant_id": row.tenant_id, "token_id": row.id})
    return view_of(IssuedDisplayToken, row, expires_at=_end_of(row), token=token)


@rule(roles={ADMIN})
def list_display_tokens(
    principal: Principal, part: Part, *, now: datetime
) -> tuple[list[DisplayTokenView], str | None]:
    """A page of tokens, newest first, and the cursor of the next one or None. Raises Invalid."""
    before = None if part.cursor is None else decode_cursor(part.cursor, Id)
    rows = _rows(principal.tenant_id, now, before=before, most=part.limit + 1)
    page, cursor = first_page(rows, part.limit, lambda row: row.id)
    return [view_of(DisplayTokenView, row, expires_at=_end_of(row)) for row in page], cursor


@rule(roles={ADMIN})
def revoke_display_token(principal: Principal, token_id: str, *, now: datetime) -> None:
    """Revokes a token; repeating it changes nothing. Raises NotFound, also for another tenant's."""
    row = get_row(DisplayToken, principal.tenant_id, token_id, "display token")
    leaves_list = min(int(row.expires_at), clock.epoch(now + _LISTED_FOR))
    if not row.update_if(
        [DisplayToken.revoked_at.set(clock.wire(now)), DisplayToken.expires_at.set(leaves_list)],
        DisplayToken.id.exists() & DisplayToken.revoked_at.does_not_exist(),
    ):
        return
    log.info("display_token_revoked", extra={"tenant_id": principal.tenant_id, "token_id": token_id})


def verify_display_token(token: str) -> Principal:
    """The principal of a display token. Raises Unauthenticated `invalid_token` or `token_expired`.

    Does not check revocation or suspension; `verify_live` does.
    """
    parts = re.fullmatch(_FORM, token)
    if parts is None:
        raise _invalid()
    row = DisplayToken.find(parts[1], parts[2], consistent_read=True)
    if row is None:
        raise _invalid()
    if not hmac.compare_digest(row.token_hash, _hash(token)):
        raise _invalid()
    if row.token_expires_at <= clock.epoch(clock.now()):
        raise Unauthenticated(
            "The display token has expired. Ask an admin for a new one.", code=ErrorCode.TOKEN_EXPIRED
        )
    expires_at = int(row.token_expires_at)
    return Principal(row.tenant_id, row.kind, display_user_id(row.id), DISPLAY, row.id, expires_at)


def verify_live(principal: Principal) -> Tenant:
    """The tenant of a display whose token is still valid.

    Raises Unauthenticated `session_revoked`, Forbidden `tenant_suspended`.
    """
    found = read_rows(
        {
            Tenant: {"id": principal.tenant_id},
            DisplayToken: {"tenant_id": principal.tenant_id, "id": principal.session_id},
        }
    )
    tenant, row = found.one(Tenant), found.one(DisplayToken)
    if tenant is None or row is None or row.revoked_at is not None:
        raise Unauthenticated(
            "The display token was revoked. Ask an admin for a new one.", code=ErrorCode.SESSION_REVOKED
        )
    if tenant.status != "active":
        raise Forbidden(code=ErrorCode.TENANT_SUSPENDED)
    return tenant


def _rows(
    tenant_id: str, now: datetime, *, before: str | None = None, most: int | None = None
) -> list[DisplayToken]:
    """The tenant's tokens, newest first, without those that TTL is about to delete."""
    found = DisplayToken.query(
        tenant_id,
        None if before is None else DisplayToken.id < before,
        filter_condition=DisplayToken.expires_at > clock.epoch(now),
        scan_index_forward=False,
        consistent_read=True,
        limit=most,
    )
    return list(found)


def _is_live(row: DisplayToken, now: datetime) -> bool:
    return row.revoked_at is None and row.token_expires_at > clock.epoch(now)


def _end_of(row: DisplayToken) -> str:
    return clock.wire(clock.from_epoch(int(row.token_expires_at)))


def _hash(token: str) -> str:
    # Plain SHA-256 is enough for 192 random bits. Slow hashes are for passwords that people choose.
    return hashlib.sha256(token.encode()).hexdigest()


def _invalid() -> Unauthenticated:
    return Unauthenticated("The display token is not valid.", code=ErrorCode.INVALID_TOKEN)
