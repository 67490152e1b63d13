"""Which status of a route may follow which. The rules of the endpoints define the roles."""

from collections.abc import Mapping
from typing import Final, Literal

from chalicelib.core.errors import IllegalTransition
from chalicelib.models.route import Route

RouteStatus = Literal["planned", "assigned", "in_progress", "completed", "cancelled"]

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "planned": ("assigned", "cancelled"),
    "assigned": ("assigned", "in_progress", "cancelled"),
    "in_progress": ("completed",),
    "completed": (),
    "cancelled": (),
}

ENDED: Final = frozenset(status for status, steps in STEPS.items() if not steps)


def check_step(route: Route, requested: RouteStatus) -> None:
    """Raises IllegalTransition if the route may not change to this status."""
    allowed = STEPS[route.status]
    if requested not in allowed:
        raise IllegalTransition(route.status, requested, list(allowed), what="A route")
