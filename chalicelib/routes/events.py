"""What happened to a route, told from the two images of its row."""

from msgspec import Struct

from chalicelib.models.route import Route


class RouteChanged(Struct, frozen=True):
    """A route was made, or something of it changed. previous_driver_id: where it was another one's before."""

    route: Route
    previous_driver_id: str | None

    @property
    def is_assignment(self) -> bool:
        """Whether a driver has just got it."""
        return self.route.driver_id is not None and self.route.driver_id != self.previous_driver_id


def event_of(old: Route | None, new: Route) -> RouteChanged | None:
    """The event of one change of a row; None for a quiet change and where nothing happened.

    old: None for a new route, and for one whose row could not be read before.
    """
    if not new.notify or (old is not None and old.version == new.version):
        return None
    return RouteChanged(new, old.driver_id if old is not None else None)


def event_id(event: RouteChanged) -> str:
    """Stable under repeats of the stream: each version of a route makes one event."""
    return f"{event.route.id}-{int(event.route.version)}"
