"""`/v1/drivers/…`: drivers' phones post positions, and staff read them."""

import datetime as dt
from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta, Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import DRIVER, STAFF
from chalicelib.core.clock import local_date, now
from chalicelib.core.fields import calendar_day
from chalicelib.positions.fixes import Fix, points
from chalicelib.positions.store import Taken, record_positions
from chalicelib.positions.tracks import track
from chalicelib.positions.view import PositionView, TrackView, point_view, positions_of
from chalicelib.records.drivers import get_driver

bp = Blueprint(__name__)

# As many as a phone collects in a quarter of an hour without a network.
Fixes = Fix | Annotated[list[Fix], Meta(min_length=1, max_length=100)]


class Day(Struct, forbid_unknown_fields=True, frozen=True):
    """date: the tenant's local day; today by default."""

    date: dt.date | None = None


# Every driver's phone posts this every few seconds; it costs exactly one DynamoDB call.
@endpoint(bp, "/v1/drivers/me/location", "POST", roles={DRIVER}, trust_token=True)
def post(request: ApiRequest, body: Fixes) -> Answer[Taken]:
    """Stores the driver's position: one fix, or up to 100 collected offline, in any order."""
    sent = points(body if isinstance(body, list) else [body])
    recorded = record_positions(request.principal, sent, correlation_id=request.correlation_id, now=now())
    return Answer(recorded)


@endpoint(bp, "/v1/drivers/positions", "GET", roles=STAFF)
def list_(request: ApiRequest) -> Answer[Page[PositionView]]:
    """The last position of every driver."""
    return Answer(Page(positions_of(request.principal), None))


@endpoint(bp, "/v1/drivers/{driver_id}/track", "GET", roles=STAFF)
def show_track(request: ApiRequest, query: Day) -> Answer[TrackView]:
    """A driver's positions of a day; they are stored for a week."""
    tenant = request.tenant
    driver = get_driver(request.principal, request.path["driver_id"])
    day = calendar_day("date", query.date) if query.date else local_date(now(), tenant.time_zone)
    found = track(tenant.id, driver.id, day, tenant.time_zone)
    return Answer(TrackView(driver.id, day.isoformat(), [point_view(point) for point in found]))
