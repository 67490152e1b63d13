"""`/v1/drivers`: drivers and their last positions."""

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import DRIVER, STAFF
from chalicelib.auth.user_ids import users_by_driver
from chalicelib.core.clock import now
from chalicelib.models.driver import Driver
from chalicelib.models.views import view_of
from chalicelib.positions.view import PositionView, positions_by_driver
from chalicelib.records.drivers import (
    DriverChanges,
    DriverView,
    NewDriver,
    change_driver,
    create_driver,
    list_drivers,
    visible_driver,
)
from chalicelib.records.rows import Listing

bp = Blueprint(__name__)


class SeenDriver(DriverView):
    """A driver and the last position. user_ids: the active users that the driver signs in as; mostly one."""

    last_position: PositionView | None
    user_ids: list[str]


@endpoint(bp, "/v1/drivers", "GET", roles=STAFF)
def list_(request: ApiRequest, query: Listing) -> Answer[Page[SeenDriver]]:
    """Drivers that match the query, oldest first."""
    rows, next_cursor = list_drivers(request.principal, query)
    return Answer(Page(_seen(request.principal.tenant_id, rows), next_cursor))


@endpoint(bp, "/v1/drivers", "POST", roles=STAFF, status=201, located=True)
def create(request: ApiRequest, body: NewDriver) -> Answer[SeenDriver]:
    """A new driver. To sign in, a driver needs a user that names it (`POST /v1/users`)."""
    row = create_driver(request.principal, body, now=now())
    return Answer(_seen(request.principal.tenant_id, [row])[0])


@endpoint(bp, "/v1/drivers/{driver_id}", "GET", roles=STAFF | {DRIVER})
def show(request: ApiRequest) -> Answer[SeenDriver]:
    """One driver. A driver may read only their own record."""
    row = visible_driver(request.principal, request.path["driver_id"])
    return Answer(_seen(request.principal.tenant_id, [row])[0])


@endpoint(bp, "/v1/drivers/{driver_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: DriverChanges) -> Answer[SeenDriver]:
    """Changes a driver; `status` suspends or restores. A suspended driver gets no more orders."""
    row = change_driver(request.principal, request.path["driver_id"], body, now=now())
    return Answer(_seen(request.principal.tenant_id, [row])[0])


def _seen(tenant_id: str, rows: Sequence[Driver]) -> list[SeenDriver]:
    """The drivers with their positions and users, read in one batch each."""
    last = positions_by_driver(tenant_id, [row.id for row in rows])
    users = users_by_driver(tenant_id)
    return [
        view_of(SeenDriver, row, last_position=last.get(row.id), user_ids=users.get(row.id, [])) for row in rows
    ]
