"""Checks that a token is genuine and that its user, guest or display still has access."""

from datetime import datetime

from msgspec import Struct

from chalicelib.auth import display_tokens, guests, session_access, tokens
from chalicelib.auth.principal import DISPLAY, GUESTS, Principal
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User


class Live(Struct, frozen=True):
    """The current rows behind a token. user: None for guests and displays. table: only for guests at a table."""

    tenant: Tenant
    user: User | None = None
    table: DiningTable | None = None


def verify_token(token: str, *, initial_password: bool = False) -> Principal:
    """The principal of an access token or a display token.

    initial_password: admit also a user who must change the password first.
    Raises Unauthenticated `token_expired` or `invalid_token`, Forbidden `password_change_required`, and
    Unavailable. Does not check sign-out, revocation or suspension; `verify_live` does.
    """
    if display_tokens.is_display_token(token):
        return display_tokens.verify_display_token(token)
    principal = tokens.verify_access_token(token)
    if principal.password_change_required and not initial_password:
        raise Forbidden(code=ErrorCode.PASSWORD_CHANGE_REQUIRED)
    return principal


def verify_live(principal: Principal, *, now: datetime | None = None) -> Live:
    """The rows behind a token.

    Raises Unauthenticated or Forbidden; see `session_access`, `guests` and `display_tokens`.
    """
    moment = now or clock.now()
    if principal.role in GUESTS:
        guest = guests.verify_live(principal, moment)
        return Live(guest.tenant, table=guest.table)
    if principal.role == DISPLAY:
        return Live(display_tokens.verify_live(principal))
    tenant, user = session_access.verify_live(principal, now=moment)
    return Live(tenant, user)
