"""`/v1/menu`: the menu for guests."""

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import ROLES, TABLE
from chalicelib.core.clock import now
from chalicelib.core.fields import WireTime
from chalicelib.records.opening_hours import opening_of
from chalicelib.records.products import MenuSection, menu_of

bp = Blueprint(__name__)


class Menu(Struct, frozen=True):
    """The menu, and whether guests may order now; opens_at: otherwise, the next opening."""

    currency: str
    open_now: bool
    opens_at: WireTime | None
    sections: list[MenuSection]


@endpoint(bp, "/v1/menu", "GET", roles=ROLES | {TABLE})
def show(request: ApiRequest) -> Answer[Menu]:
    """All active products by category and position; sold-out ones are marked."""
    tenant = request.tenant
    opening = opening_of(tenant, now())
    return Answer(Menu(tenant.currency, opening.open_now, opening.opens_at, menu_of(tenant.id)))
