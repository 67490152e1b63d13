"""Who is asking: what a verified token says, and simple checks of roles."""

from typing import Final

from msgspec import Struct

ADMIN: Final = "admin"
OFFICE_STAFF: Final = "office_staff"
DRIVER: Final = "driver"
CUSTOMER: Final = "customer"

ROLES: Final = frozenset({ADMIN, OFFICE_STAFF, DRIVER, CUSTOMER})
STAFF: Final = frozenset({ADMIN, OFFICE_STAFF})


class Principal(Struct, frozen=True):
    """The bearer of a valid access token.

    kind: `delivery` or `table`, of the tenant. expires_at: epoch seconds of the token's end.
    driver_id, customer_id: which driver or customer the user is, where the role is one.
    """

    tenant_id: str
    kind: str
    user_id: str
    role: str
    session_id: str
    expires_at: int
    driver_id: str | None = None
    customer_id: str | None = None

    @property
    def is_staff(self) -> bool:
        """Admins and office staff see and do everything within their tenant."""
        return self.role in STAFF
