"""The status table: which status may follow which, and for which roles. No other code defines this.

A driver may change only orders assigned to them, and a customer may cancel only their own; the condition of the
write checks that.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from chalicelib.auth.principal import CUSTOMER, DRIVER, STAFF, Principal
from chalicelib.core.errors import Forbidden
from chalicelib.core.fields import one_of

_STAFF = STAFF
_STAFF_OR_DRIVER = STAFF | {DRIVER}
_STAFF_OR_CUSTOMER = STAFF | {CUSTOMER}

Steps = Mapping[str, Mapping[str, frozenset[str]]]

STEPS: Final[Mapping[str, Steps]] = {
    "delivery": {
        "pending": {"confirmed": _STAFF, "cancelled": _STAFF_OR_CUSTOMER},
        "confirmed": {"assigned": _STAFF, "cancelled": _STAFF},
        "assigned": {"delivering": _STAFF_OR_DRIVER, "confirmed": _STAFF, "cancelled": _STAFF},
        "delivering": {
            "arriving": _STAFF_OR_DRIVER,
            "delivered": _STAFF_OR_DRIVER,
            "failed": _STAFF_OR_DRIVER,
        },
        "arriving": {"arrived": _STAFF_OR_DRIVER, "delivered": _STAFF_OR_DRIVER, "failed": _STAFF_OR_DRIVER},
        "arrived": {"delivered": _STAFF_OR_DRIVER, "failed": _STAFF_OR_DRIVER},
        "delivered": {},
        "failed": {"confirmed": _STAFF},
        "cancelled": {},
    },
    "table": {
        "pending": {"confirmed": _STAFF, "cancelled": _STAFF_OR_CUSTOMER},
        "confirmed": {"preparing": _STAFF, "cancelled": _STAFF},
        "preparing": {"ready": _STAFF, "cancelled": _STAFF},
        "ready": {"served": _STAFF},
        "served": {"completed": _STAFF},
        "completed": {},
        "cancelled": {},
    },
}

# All statuses of both kinds of tenants, in order; for the OpenAPI document.
STATUSES: Final = tuple(dict.fromkeys(status for steps in STEPS.values() for status in steps))
OrderStatus = Annotated[str, one_of(STATUSES)]

FIRST: Final = "pending"

# The statuses in which an order has ended. Most orders are in these.
ENDED: Final = frozenset({"delivered", "failed", "completed", "cancelled"})


def next_statuses(kind: str, current: str) -> list[str]:
    """The statuses that may follow `current`, for any role."""
    return list(STEPS[kind][current])


def is_allowed_step(kind: str, current: str, requested: str, role: str) -> bool:
    """Whether this role may change the status from `current` to `requested`."""
    return role in STEPS[kind][current].get(requested, frozenset())


def previous_statuses(kind: str, requested: str, role: str) -> list[str]:
    """The statuses from which this role may change an order to `requested`; for the condition of the write."""
    return [current for current in STEPS[kind] if is_allowed_step(kind, current, requested, role)]


def check_step(principal: Principal, requested: str) -> None:
    """Raises Forbidden for a status that only other roles may set. Reads nothing."""
    may = frozenset[str]().union(*(steps.get(requested, frozenset()) for steps in STEPS[principal.kind].values()))
    if may and principal.role not in may:
        raise Forbidden(f"The role {principal.role} may not make this step.")


def is_final(kind: str, status: str) -> bool:
    """Whether no status may follow."""
    return not STEPS[kind][status]
