"""Access tokens of guests, and limits for how many one code issues.

They are like those of users but have no refresh token: the guest uses the link or the code again. A guest that
sends its earlier token remains the same guest and still sees the orders of this visit.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from chalicelib.auth import tokens
from chalicelib.auth.principal import GUESTS, TABLE, TRACKER, Principal
from chalicelib.auth.rate_limits import Limit, check, spend, spend_all
from chalicelib.auth.table_codes import TableCode
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Refusal
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.tenant import Tenant

LIFETIME: Final = timedelta(hours=1)
# How long an expired token still identifies the guest: for a long dinner with the phone asleep in between.
_REMEMBERED: Final = timedelta(hours=6)
# Twelve people at a table on the restaurant's network, each a new guest three times: in the camera's browser, in
# the phone's browser and in a private tab. Twice as many from all networks together, so that one network cannot
# use up the limit. Each print of the code has a limit of its own.
_DETAIL: Final = "Too many new guests at this table. Ask the staff, or wait."
NEW_GUESTS_PER_ADDRESS: Final = Limit("guests_address", 36, 3600, code=ErrorCode.TOO_FAST, detail=_DETAIL)
NEW_GUESTS_PER_TABLE: Final = Limit("guests_table", 72, 3600, code=ErrorCode.TOO_FAST, detail=_DETAIL)
# A link goes to one customer, who shares it with a family or an office.
NEW_TRACKERS_PER_LINK: Final = Limit(
    "trackers",
    30,
    3600,
    code=ErrorCode.TOO_FAST,
    detail="This link was opened too often. Wait before the next try.",
)


class GuestToken(Struct, frozen=True):
    """A token and its principal."""

    access_token: str
    principal: Principal
    tenant: Tenant


def tracker_token(
    code: str, tenant: Tenant, order_id: str, *, until: datetime | None, earlier: str | None, now: datetime
) -> GuestToken:
    """A token for reading one order. until: the end of this access, if known. earlier: the guest's last token.

    Raises TooFast for too many new trackers.
    """
    ends = now + LIFETIME if until is None else min(until, now + LIFETIME)
    principal = _guest(tenant, TRACKER, code, ends)
    principal = structs.replace(principal, order_id=order_id)
    before = _earlier(earlier, principal, now)
    if before is not None and before.order_id == order_id:
        principal = structs.replace(principal, user_id=before.user_id)
    else:
        spend(NEW_TRACKERS_PER_LINK, code, now=now)
    return GuestToken(tokens.issue_guest_token(principal, now=now), principal, tenant)


def check_pace(code: TableCode, address: str, now: datetime) -> None:
    """Raises TooFast if this process has just refused new guests of the code; makes no call."""
    for limit, subject in _new_guest(code.tenant_id, code.table_id, code.generation, address):
        check(limit, subject, now=now)


def table_token(
    table: DiningTable, tenant: Tenant, *, earlier: str | None, address: str, now: datetime
) -> GuestToken:
    """A token for ordering at one table. earlier: the guest's last token, which may be from another table.

    address: the key of the client's address. Raises TooFast for too many new guests.
    """
    principal = _guest(tenant, TABLE, clock.new_id(), now + LIFETIME)
    before = _earlier(earlier, principal, now)
    if before is not None:
        principal = structs.replace(principal, user_id=before.user_id, session_id=before.session_id)
    else:
        spend_all(_new_guest(tenant.id, table.id, int(table.qr_generation), address), now=now)
    principal = structs.replace(principal, table_id=table.id, qr_generation=int(table.qr_generation))
    return GuestToken(tokens.issue_guest_token(principal, now=now), principal, tenant)


def _new_guest(tenant_id: str, table_id: str, generation: int, address: str) -> list[tuple[Limit, str]]:
    seat = f"{tenant_id}.{table_id}.{generation}"
    return [(NEW_GUESTS_PER_ADDRESS, f"{seat}.{address}"), (NEW_GUESTS_PER_TABLE, seat)]


def _guest(tenant: Tenant, role: str, session_id: str, ends: datetime) -> Principal:
    return Principal(tenant.id, tenant.kind, clock.new_id(), role, session_id, clock.epoch(ends))


def _earlier(token: str | None, guest: Principal, now: datetime) -> Principal | None:
    """The principal of the earlier token; None without a usable one, which makes a new guest and is no error."""
    if token is None:
        return None
    try:
        before = tokens.verify_access_token(token, now=now, late_by=_REMEMBERED)
    except Refusal:
        return None
    same = (before.tenant_id, before.role) == (guest.tenant_id, guest.role) and before.role in GUESTS
    return before if same else None
