"""`/v1/orders`: parse, call the rules, answer."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth.principal import ADMIN, CUSTOMER, OFFICE_STAFF, ROLES, STAFF
from chalicelib.clock import now
from chalicelib.orders.access import visible_order
from chalicelib.orders.change import assign_driver, change_status
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import AssignDraft, OrderDraft, OrderPatch, StatusDraft
from chalicelib.orders.edit import edit_order
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.orders.view import order_view
from chalicelib.realtime import log
from chalicelib.realtime.channels import channels_at_connect

bp = Blueprint(__name__)


@endpoint(bp, "/v1/orders", "POST", roles={ADMIN, OFFICE_STAFF, CUSTOMER})
def create(request: ApiRequest) -> Answer[Any]:
    order = create_order(
        request.principal,
        request.tenant,
        request.body(OrderDraft),
        idempotency_key=request.headers.get("idempotency-key"),
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order, 201, {"Location": f"/api/v1/orders/{order['id']}"})


@endpoint(bp, "/v1/orders", "GET", roles=ROLES)
def list_(request: ApiRequest) -> Answer[Any]:
    asker, query = request.principal, request.query(OrderQuery)
    # Before the rows: what happens meanwhile is then after the cursors, and at worst in the list as well.
    heads = log.heads(asker.tenant_id, channels_at_connect(asker))
    page = list_orders(asker, query)
    return Answer(
        {
            "items": [order_view(order) for order in page.orders],
            "next_cursor": page.next_cursor,
            "cursors": {channel: head.cursor for channel, head in heads.items()},
            "epochs": {channel: head.epoch for channel, head in heads.items()},
        }
    )


@endpoint(bp, "/v1/orders/{order_id}", "GET", roles=ROLES)
def show(request: ApiRequest) -> Answer[Any]:
    return Answer(order_view(visible_order(request.principal, request.path["order_id"])))


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
