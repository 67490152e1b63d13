"""`/v1/opening-hours`: when guests may order."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import ADMIN, STAFF
from chalicelib.core.clock import now
from chalicelib.records.opening_hours import HoursDraft, HoursView, set_hours, show_hours

bp = Blueprint(__name__)


@endpoint(bp, "/v1/opening-hours", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[HoursView]:
    """The opening hours, and whether the restaurant is open now."""
    return Answer(show_hours(request.principal, request.tenant, now()))


@endpoint(bp, "/v1/opening-hours", "PUT", roles={ADMIN})
def replace(request: ApiRequest, body: HoursDraft) -> Answer[HoursView]:
    """Replaces all opening hours; `weekly: null` for always open."""
    return Answer(set_hours(request.principal, request.tenant, body, now=now()))
