"""Guests: people without a password whom a link or a QR code admits to one order or one table."""

from datetime import datetime

from msgspec import Struct

from chalicelib.auth.links import TRACK, open_link
from chalicelib.auth.principal import TRACKER, Principal
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.auth.table_codes import read_table_code
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden, NotFound, Unauthenticated
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.link import Link
from chalicelib.models.tenant import Tenant


class LiveGuest(Struct, frozen=True):
    """The current rows behind a guest's token. table: only for a guest at a table."""

    tenant: Tenant
    table: DiningTable | None


def open_tracking(code: str, now: datetime) -> tuple[Link, Tenant]:
    """The link of a code and its tenant. Raises NotFound, or Forbidden `tenant_suspended`."""
    link = open_link(code, {TRACK}, now)
    return link, _open_tenant(link.tenant_id)


def open_table(qr: str, now: datetime, *, keys: KeyRing = key_ring) -> tuple[DiningTable, Tenant]:
    """The table of a QR code and its tenant.

    Raises Unauthenticated `qr_invalid` or `qr_expired`, Forbidden `tenant_suspended` or `table_suspended`.
    """
    code = read_table_code(qr, keys=keys)
    tenant = _open_tenant(code.tenant_id)
    table = DiningTable.find(code.tenant_id, code.table_id, consistent_read=True)
    if table is None or tenant.kind != "table":
        raise Unauthenticated("There is no such table any more.", code=ErrorCode.QR_INVALID)
    if table.qr_generation != code.generation or not code.is_current(now):
        raise Unauthenticated("This QR code is too old. Scan the new one at the table.", code=ErrorCode.QR_EXPIRED)
    _check_active(table)
    return table, tenant


def verify_live(principal: Principal, now: datetime) -> LiveGuest:
    """The current rows behind a guest's token, if they still admit the guest.

    Raises Unauthenticated `session_revoked` or `qr_expired`, Forbidden `tenant_suspended` or `table_suspended`.
    """
    if principal.role == TRACKER:
        try:
            link, tenant = open_tracking(principal.session_id, now)
        except NotFound as error:
            raise _session_revoked() from error
        if (link.tenant_id, link.subject) != (principal.tenant_id, principal.order_id):
            raise _session_revoked()
        return LiveGuest(tenant, None)
    tenant = _open_tenant(principal.tenant_id)
    table = DiningTable.find(principal.tenant_id, principal.table_id or "-", consistent_read=True)
    if table is None or tenant.kind != "table":
        raise _session_revoked()
    if table.qr_generation != principal.qr_generation:
        raise Unauthenticated("This table has a new QR code. Scan it.", code=ErrorCode.QR_EXPIRED)
    _check_active(table)
    return LiveGuest(tenant, table)


def _open_tenant(tenant_id: str) -> Tenant:
    tenant = Tenant.find(tenant_id, consistent_read=True)
    if tenant is None:
        raise _session_revoked()
    if tenant.status != "active":
        raise Forbidden(code=ErrorCode.TENANT_SUSPENDED)
    return tenant


def _check_active(table: DiningTable) -> None:
    if table.status != "active":
        raise Forbidden(code=ErrorCode.TABLE_SUSPENDED)


def _session_revoked() -> Unauthenticated:
    return Unauthenticated(
        "The visit is over. Open the link or scan the code again.", code=ErrorCode.SESSION_REVOKED
    )
