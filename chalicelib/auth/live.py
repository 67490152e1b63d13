"""Whether the bearer of a token may still come in: users by their session, guests by their link or table."""

from datetime import datetime

from msgspec import Struct

from chalicelib import clock
from chalicelib.auth import guests, sessions
from chalicelib.auth.principal import GUESTS, Principal
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User


class Live(Struct, frozen=True):
    """Who comes, as of now. user: not of guests. table: of guests at one."""

    tenant: Tenant
    user: User | None = None
    table: DiningTable | None = None


def verify_live(principal: Principal, *, now: datetime | None = None) -> Live:
    """The rows behind a token. Raises Unauthenticated or Forbidden, as `sessions` and `guests` say."""
    moment = now or clock.now()
    if principal.role in GUESTS:
        guest = guests.verify_live(principal, moment)
        return Live(guest.tenant, table=guest.table)
    tenant, user = sessions.verify_live(principal, now=moment)
    return Live(tenant, user)
