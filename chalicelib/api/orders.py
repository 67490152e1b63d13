"""`/v1/orders`: parse, call the rules, answer."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth.principal import ADMIN, CUSTOMER, GUESTS, OFFICE_STAFF, ROLES, STAFF, TABLE, Principal
from chalicelib.clock import now
from chalicelib.orders.access import visible_order
from chalicelib.orders.change import assign_driver, change_status
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import AssignDraft, OrderDraft, OrderPatch, PaymentDraft, StatusDraft
from chalicelib.orders.edit import edit_order
from chalicelib.orders.guest_view import guest_view
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.orders.payment import change_payment
from chalicelib.orders.view import OrderView, order_view
from chalicelib.realtime import log
from chalicelib.realtime.channels import channels_at_connect

bp = Blueprint(__name__)


@endpoint(bp, "/v1/orders", "POST", roles={ADMIN, OFFICE_STAFF, CUSTOMER, TABLE})
def create(request: ApiRequest) -> Answer[Any]:
    order = create_order(
        request.principal,
        request.tenant,
        request.body(OrderDraft),
        idempotency_key=request.headers.get("idempotency-key"),
        table=request.table,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(_seen_by(request.principal, order), 201, {"Location": f"/api/v1/orders/{order['id']}"})


@endpoint(bp, "/v1/orders", "GET", roles=ROLES | {TABLE})
def list_(request: ApiRequest) -> Answer[Any]:
    asker, query = request.principal, request.query(OrderQuery)
    # Before the rows: what happens meanwhile is then after the cursors, and at worst in the list as well.
    heads = log.heads(asker.tenant_id, channels_at_connect(asker))
    page = list_orders(asker, query)
    return Answer(
        {
            "items": [_seen_by(asker, order_view(order)) for order in page.orders],
            "next_cursor": page.next_cursor,
            "cursors": {channel: head.cursor for channel, head in heads.items()},
            "epochs": {channel: head.epoch for channel, head in heads.items()},
        }
    )


@endpoint(bp, "/v1/orders/{order_id}", "GET", roles=ROLES | GUESTS)
def show(request: ApiRequest) -> Answer[Any]:
    order = visible_order(request.principal, request.path["order_id"])
    return Answer(_seen_by(request.principal, order_view(order)))


@endpoint(bp, "/v1/orders/{order_id}", "PATCH", roles=STAFF)
def edit(request: ApiRequest) -> Answer[Any]:
    order = edit_order(
        request.principal,
        request.tenant,
        request.path["order_id"],
        request.body(OrderPatch),
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_view(order))


# The token's word is enough here: a step is the commonest write of all and costs exactly one DynamoDB call.
@endpoint(bp, "/v1/orders/{order_id}/status", "POST", roles=ROLES, trust_token=True)
def step(request: ApiRequest) -> Answer[Any]:
    order = change_status(
        request.principal,
        request.path["order_id"],
        request.body(StatusDraft),
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_view(order))


@endpoint(bp, "/v1/orders/{order_id}/assign", "POST", roles=STAFF)
def assign(request: ApiRequest) -> Answer[Any]:
    order = assign_driver(
        request.principal,
        request.path["order_id"],
        request.body(AssignDraft),
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_view(order))


@endpoint(bp, "/v1/orders/{order_id}/payment", "POST", roles=STAFF)
def pay(request: ApiRequest, body: PaymentDraft) -> Answer[OrderView]:
    """A step of the payment: `pending` to `paid` to `refunded`; once is as good as twice."""
    order = change_payment(
        request.principal,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    view: Any = order_view(order)
    return Answer(view)


def _seen_by(asker: Principal, view: dict[str, Any]) -> dict[str, Any]:
    """The order as the asker sees it: guests less of it."""
    return guest_view(view, asker.role) if asker.role in GUESTS else view
