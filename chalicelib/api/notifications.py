"""`/v1/notifications`: what became of the texts, sending again, and who wants none."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth.principal import CUSTOMER, STAFF
from chalicelib.clock import now
from chalicelib.models.customer import Customer
from chalicelib.records.customers import visible_customer
from chalicelib.sms import history, opt_outs, resending

bp = Blueprint(__name__)


@endpoint(bp, "/v1/notifications", "GET", roles=STAFF)
def list_(request: ApiRequest) -> Answer[Any]:
    rows, next_cursor = history.list_notifications(request.tenant, request.query(history.HistoryQuery))
    return Answer({"items": [history.view(row) for row in rows], "next_cursor": next_cursor})


@endpoint(bp, "/v1/notifications/stats", "GET", roles=STAFF)
def stats(request: ApiRequest) -> Answer[Any]:
    day = request.query(history.StatsQuery).date or history.today_of(request.tenant, now())
    return Answer(history.day_stats(request.tenant, day))


@endpoint(bp, "/v1/notifications/redrive", "POST", roles=STAFF)
def redrive(request: ApiRequest) -> Answer[Any]:
    return Answer({"queued": resending.redrive(request.tenant.id, now())}, 202)


@endpoint(bp, "/v1/notifications/{notification_id}", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[Any]:
    return Answer(history.view(resending.find(request.tenant.id, request.path["notification_id"])))


@endpoint(bp, "/v1/notifications/{notification_id}/resend", "POST", roles=STAFF)
def resend(request: ApiRequest) -> Answer[Any]:
    row = resending.resend(
        request.tenant, request.path["notification_id"], correlation_id=request.correlation_id, now=now()
    )
    return Answer(history.view(row), 202)


@endpoint(bp, "/v1/customers/{customer_id}/sms-opt-out", "PUT", roles=STAFF | {CUSTOMER})
def opt_out(request: ApiRequest) -> Answer[Any]:
    """By staff, or by the customer. Harmless when repeated."""
    customer = _customer(request)
    asker = request.principal
    opt_outs.opt_out(asker.tenant_id, customer.phone, customer_id=customer.id, by=asker.user_id, now=now())
    return Answer(_opt_out_view(customer, True))


@endpoint(bp, "/v1/customers/{customer_id}/sms-opt-out", "DELETE", roles=STAFF | {CUSTOMER})
def opt_in(request: ApiRequest) -> Answer[Any]:
    """Texts again, by staff or by the customer."""
    customer = _customer(request)
    opt_outs.opt_in(
        request.principal.tenant_id, customer.phone, customer_id=customer.id, by=request.principal.user_id
    )
    return Answer(_opt_out_view(customer, False))


def _customer(request: ApiRequest) -> Customer:
    return visible_customer(request.principal, request.path["customer_id"])


def _opt_out_view(customer: Customer, out: bool) -> dict[str, Any]:
    return {"customer_id": customer.id, "sms_opt_out": out}
