"""The event of a route's change. Not in `events`, because most senders of events need no views of routes."""

from chalicelib.realtime.events import Event
from chalicelib.routes import events as routes
from chalicelib.routes.view import event_data


def of_route(happened: routes.RouteChanged) -> Event:
    """The event in the channels of the office, of the route, of its driver and of its previous driver."""
    route = happened.route
    drivers = dict.fromkeys(
        f"driver:{driver_id}" for driver_id in (route.driver_id, happened.previous_driver_id) if driver_id
    )
    return Event(
        id=routes.event_id(happened),
        type="route_assigned" if happened.is_assignment else "route_updated",
        tenant_id=route.tenant_id,
        channels=("routes", f"route:{route.id}", *drivers),
        data=event_data(route),
        timestamp=route.updated_at,
        correlation_id=route.correlation_id,
    )
