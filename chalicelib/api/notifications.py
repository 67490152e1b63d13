"""`/v1/notifications`: outcomes of SMS, sending again, and opting out."""

from typing import Final

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, PathText, endpoint
from chalicelib.api.office import notify_office
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import CUSTOMER, STAFF
from chalicelib.core.clock import local_date, now
from chalicelib.core.errors import Conflict
from chalicelib.models.customer import Customer
from chalicelib.records.customers import visible_customer
from chalicelib.sms import history, opt_outs, resending

bp = Blueprint(__name__)


class Redriven(Struct):
    """How many SMS were put on the queue again."""

    queued: int


class OptOut(Struct):
    """Whether a customer has opted out of SMS."""

    customer_id: str
    sms_opt_out: bool


@endpoint(bp, "/v1/notifications", "GET", roles=STAFF)
def list_(request: ApiRequest, query: history.HistoryQuery) -> Answer[Page[history.NotificationView]]:
    """SMS that match the query, newest first."""
    return Answer(to_page(history.list_notifications(request.principal, request.tenant, query), history.view))


@endpoint(bp, "/v1/notifications/stats", "GET", roles=STAFF)
def stats(request: ApiRequest, query: history.StatsQuery) -> Answer[history.DayStats]:
    """The outcomes and the cost of a day's SMS."""
    at = now()
    day = query.date or local_date(at, request.tenant.time_zone)
    return Answer(history.day_stats(request.principal, request.tenant, day, at))


@endpoint(bp, "/v1/notifications/redrive", "POST", roles=STAFF, status=202)
def redrive(request: ApiRequest) -> Answer[Redriven]:
    """Puts the SMS whose attempts are used up on the queue again."""
    return Answer(Redriven(resending.redrive_own(request.principal, now())["queued"]))


# Made of an order's id, a status and more, separated by dots.
_PATH_TYPES: Final = {"notification_id": PathText}


@endpoint(bp, "/v1/notifications/{notification_id}", "GET", roles=STAFF, path_types=_PATH_TYPES)
def show(request: ApiRequest) -> Answer[history.NotificationView]:
    """One SMS."""
    return Answer(history.view(resending.get_notification(request.principal, request.path["notification_id"])))


@endpoint(
    bp,
    "/v1/notifications/{notification_id}/resend",
    "POST",
    roles=STAFF,
    status=202,
    errors={Conflict},
    path_types=_PATH_TYPES,
)
def resend(request: ApiRequest) -> Answer[history.NotificationView]:
    """Sends an SMS again."""
    row = resending.resend(
        request.principal,
        request.tenant,
        request.path["notification_id"],
        correlation_id=request.correlation_id,
        now=now(),
    )
    notify_office(request, "text_changed", notification_id=row.id)
    return Answer(history.view(row))


@endpoint(bp, "/v1/customers/{customer_id}/sms-opt-out", "PUT", roles=STAFF | {CUSTOMER})
def opt_out(request: ApiRequest) -> Answer[OptOut]:
    """Opts a customer out of SMS; by staff or by the customer. Repeating it changes nothing."""
    customer = _customer(request)
    principal = request.principal
    opt_outs.opt_out(principal.tenant_id, customer.phone, customer_id=customer.id, by=principal.user_id, now=now())
    notify_office(request, "customer_changed", customer_id=customer.id)
    return Answer(OptOut(customer.id, True))


@endpoint(bp, "/v1/customers/{customer_id}/sms-opt-out", "DELETE", roles=STAFF | {CUSTOMER})
def opt_in(request: ApiRequest) -> Answer[OptOut]:
    """Opts a customer in again; by staff or by the customer."""
    customer = _customer(request)
    principal = request.principal
    opt_outs.opt_in(principal.tenant_id, customer.phone, customer_id=customer.id, by=principal.user_id)
    notify_office(request, "customer_changed", customer_id=customer.id)
    return Answer(OptOut(customer.id, False))


def _customer(request: ApiRequest) -> Customer:
    return visible_customer(request.principal, request.path["customer_id"])
