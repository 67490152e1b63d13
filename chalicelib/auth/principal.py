"""The principal, who is the caller of a verified token, and the roles."""

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

# Roles that sign in. An endpoint that admits guests or displays names them in addition.
ROLES: Final = frozenset({ADMIN, OFFICE_STAFF, DRIVER, CUSTOMER})
STAFF: Final = frozenset({ADMIN, OFFICE_STAFF})
GUESTS: Final = frozenset({TRACKER, TABLE})


class Principal(Struct, frozen=True):
    """The bearer of a valid access token.

    kind: `delivery` or `table`, of the tenant. expires_at: epoch seconds of the token's end.
    password_change_required: the user must change an initial password before anything else. It is in the token for
    the endpoints that trust the token; a new password ends all tokens.
    driver_id, customer_id: the driver or customer that the user is, depending on the role.
    Guests are no users: user_id is the guest's id, new for each visit; session_id is the code of a tracker's link.
    order_id: a tracker's order. table_id, qr_generation: a guest's table, and the print of the code that was used.
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
        """Whether the role is admin or office staff, who may do everything within their tenant."""
        return self.role in STAFF
