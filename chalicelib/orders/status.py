"""The status table: which step leads where, and who may make it. Nothing else in the code knows a status's order.

A driver moves only orders assigned to them, a customer cancels only their own; the row's condition holds that.
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

# Every status of any business, in that order; for the document.
STATUSES: Final = tuple(dict.fromkeys(status for steps in STEPS.values() for status in steps))
OrderStatus = Annotated[str, one_of(STATUSES)]

FIRST: Final = "pending"

# Nothing is on its way any more. Orders stay in these for years, in the others while people work on them.
ENDED: Final = frozenset({"delivered", "failed", "completed", "cancelled"})


def next_statuses(kind: str, current: str) -> list[str]:
    """Where an order may go from `current`, whoever asks."""
    return list(STEPS[kind][current])


def may_step(kind: str, current: str, requested: str, role: str) -> bool:
    """Whether this role may make this step; True only for a step of the table."""
    return role in STEPS[kind][current].get(requested, frozenset())


def previous_statuses(kind: str, requested: str, role: str) -> list[str]:
    """From which statuses this role may lead an order to `requested`: the condition of the write."""
    return [current for current in STEPS[kind] if may_step(kind, current, requested, role)]


def check_step(principal: Principal, requested: str) -> None:
    """Raises Forbidden for a step that others may make, but this role from no status. Reads nothing."""
    may = frozenset[str]().union(*(steps.get(requested, frozenset()) for steps in STEPS[principal.kind].values()))
    if may and principal.role not in may:
        raise Forbidden(f"The role {principal.role} may not make this step.")


def is_final(kind: str, status: str) -> bool:
    """Whether no step leads on from here."""
    return not STEPS[kind][status]
