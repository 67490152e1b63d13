"""Tenants."""

from datetime import datetime
from typing import Final

from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.models.tenant import Tenant

# The kind of a tenant decides statuses, formats and roles. It never changes, because every token contains it.
KINDS: Final = frozenset({"delivery", "table"})

_CURRENCY_LETTERS: Final = 3


def create_tenant(
    name: str,
    kind: str,
    *,
    time_zone: str = "Asia/Taipei",
    currency: str = "TWD",
    tenant_id: str | None = None,
    now: datetime | None = None,
) -> Tenant:
    """Creates a tenant. Raises Invalid, or Conflict if the given id is taken.

    kind: `delivery` or `table`. time_zone: an IANA name. currency: ISO 4217.
    """
    tenant = new_tenant(name, kind, time_zone=time_zone, currency=currency, tenant_id=tenant_id, now=now)
    if not tenant.save_if(Tenant.id.does_not_exist()):
        raise Conflict("This tenant exists.")
    return tenant


def new_tenant(
    name: str,
    kind: str,
    *,
    time_zone: str,
    currency: str = "TWD",
    tenant_id: str | None = None,
    now: datetime | None = None,
) -> Tenant:
    """The row of a new tenant; does not write it. Raises Invalid."""
    _check(name, kind, time_zone, currency)
    return Tenant(
        tenant_id or clock.new_id(),
        name=name,
        kind=kind,
        time_zone=time_zone,
        currency=currency,
        created_at=clock.wire(now or clock.now()),
    )


def get_tenant(tenant_id: str) -> Tenant:
    """The tenant, read strongly consistently. Raises NotFound."""
    tenant = Tenant.find(tenant_id, consistent_read=True)
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


def _check(name: str, kind: str, time_zone: str, currency: str) -> None:
    errors = []
    if not name.strip():
        errors.append(("name", "must not be empty"))
    if kind not in KINDS:
        errors.append(("kind", f"must be one of {', '.join(sorted(KINDS))}"))
    try:
        clock.time_zone(time_zone)
    except ValueError:
        errors.append(("time_zone", "not an IANA time zone"))
    if not (len(currency) == _CURRENCY_LETTERS and currency.isascii() and currency.isupper()):
        errors.append(("currency", "not an ISO 4217 code"))
    if errors:
        raise Invalid(*errors)
