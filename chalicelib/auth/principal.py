"""Who is asking: what a verified token says, and simple checks of roles."""

from typing import Final

from msgspec import Struct

ADMIN: Final = "admin"
OFFICE_STAFF: Final = "office_staff"
DRIVER: Final = "driver"
CUSTOMER: Final = "customer"
# Guests have no password: a signed link shows one order, a signed QR code orders at one table.
TRACKER: Final = "tracker"
TABLE: Final = "table"
# A screen with a token of its own: reads three channels, see realtime/channels.py.
DISPLAY: Final = "display"

# Who signs in. Guests and displays are not among them: an endpoint that admits them names them.
ROLES: Final = frozenset({ADMIN, OFFICE_STAFF, DRIVER, CUSTOMER})
STAFF: Final = frozenset({ADMIN, OFFICE_STAFF})
GUESTS: Final = frozenset({TRACKER, TABLE})


class Principal(Struct, frozen=True):
    """The bearer of a valid access token.

    kind: `delivery` or `table`, of the tenant. expires_at: epoch seconds of the token's end.
    password_change_required: an initial password must be changed before anything else. In the token, for the
    endpoints that trust it; a new password ends all tokens.
    driver_id, customer_id: which driver or customer the user is, where the role is one.
    Guests are no users: user_id is the guest's own, new with each visit, session_id a tracker's link. order_id:
    what a tracker came for. table_id, qr_generation: where a guest sits, by which print of its code.
    Displays are no users: user_id is `display:` and the token's id, session_id is the token's id.
    """

    tenant_id: str
    kind: str
    user_id: str
    role: str
    session_id: str
    expires_at: int
    driver_id: str | None = None
    customer_id: str | None = None
    password_change_required: bool = False
    order_id: str | None = None
    table_id: str | None = None
    qr_generation: int | None = None

    @property
    def is_staff(self) -> bool:
        """Admins and office staff see and do everything within their tenant."""
        return self.role in STAFF
