"""The event of a route's change, derived from the old and new images of its row."""

from msgspec import Struct

from chalicelib.models.route import Route


class RouteChanged(Struct, frozen=True):
    """A route was created or changed. previous_driver_id: the driver before, if it was another one."""

    route: Route
    previous_driver_id: str | None

    @property
    def is_assignment(self) -> bool:
        """Whether this change assigned a driver."""
        return self.route.driver_id is not None and self.route.driver_id != self.previous_driver_id


def event_of(old: Route | None, new: Route) -> RouteChanged | None:
    """The event of a change; None for a quiet change and for one without an effect.

    old: None for a new route, and if the old row could not be parsed.
    """
    if not new.notify or (old is not None and old.version == new.version):
        return None
    return RouteChanged(new, old.driver_id if old is not None else None)


def event_id(event: RouteChanged) -> str:
    """The event's id, the same for a repeated record: each version of a route has one event."""
    return f"{event.route.id}-{int(event.route.version)}"
