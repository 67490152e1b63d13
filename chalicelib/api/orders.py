"""`/v1/orders`."""

from typing import cast

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import page_of_orders
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import ADMIN, CUSTOMER, GUESTS, OFFICE_STAFF, ROLES, STAFF, TABLE
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, TooFast
from chalicelib.orders.access import visible_order
from chalicelib.orders.change import assign_driver, change_status
from chalicelib.orders.create import IdempotencyKey, create_order
from chalicelib.orders.detail import OrderDetail, SeenOrderDetail, order_detail, seen_detail
from chalicelib.orders.drafts import AssignDraft, OrderDraft, OrderPatch, PaymentDraft, StatusDraft
from chalicelib.orders.edit import edit_order
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.orders.payment import change_payment
from chalicelib.orders.step_access import check_access
from chalicelib.orders.view import OrderView, SeenOrder, order_view, seen_view
from chalicelib.realtime import log
from chalicelib.realtime.channel_access import channels_at_connect

bp = Blueprint(__name__)


class RepeatHeaders(Struct, rename={"idempotency_key": "Idempotency-Key"}, frozen=True):
    """Repeating the same key and body within a day returns the same answer and creates no second order."""

    idempotency_key: IdempotencyKey | None = None


class Orders(Struct):
    """A page of the list. cursors, epochs: the position of each channel's log, read before the rows."""

    items: list[SeenOrder]
    next_cursor: str | None
    cursors: dict[str, int]
    epochs: dict[str, str]


@endpoint(
    bp,
    "/v1/orders",
    "POST",
    roles={ADMIN, OFFICE_STAFF, CUSTOMER, TABLE},
    status=201,
    located=True,
    errors={Conflict, TooFast},
)
def create(request: ApiRequest, body: OrderDraft, headers: RepeatHeaders) -> Answer[SeenOrder]:
    """Creates an order. With `Idempotency-Key`, a repeated request returns the same answer."""
    order = create_order(
        request.principal,
        request.tenant,
        body,
        idempotency_key=headers.idempotency_key,
        table=request.table,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(cast(SeenOrder, order))


@endpoint(bp, "/v1/orders", "GET", roles=ROLES | {TABLE})
def list_(request: ApiRequest, query: OrderQuery) -> Answer[Orders]:
    """Orders that match the query and that the caller may read, newest first, and their channels' cursors."""
    principal = request.principal
    # Read before the rows: events in between come after the cursors, though the rows may already include them.
    heads = log.heads(principal.tenant_id, channels_at_connect(principal))
    page = page_of_orders(list_orders(principal, query), query, seen_view)
    return Answer(
        Orders(
            items=page.items,
            next_cursor=page.next_cursor,
            cursors={channel: head.cursor for channel, head in heads.items()},
            epochs={channel: head.epoch for channel, head in heads.items()},
        )
    )


@endpoint(bp, "/v1/orders/{order_id}", "GET", roles=ROLES | GUESTS)
def show(request: ApiRequest) -> Answer[SeenOrderDetail]:
    """One order. Only staff receive all fields."""
    order = visible_order(request.principal, request.path["order_id"])
    return Answer(seen_detail(order))


@endpoint(bp, "/v1/orders/{order_id}", "PATCH", roles=STAFF)
def edit(request: ApiRequest, body: OrderPatch) -> Answer[OrderDetail]:
    """Changes an order; absent fields do not change. Lowering the total of an accepted order needs a `reason`."""
    order = edit_order(
        request.principal,
        request.tenant,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_detail(order))


# A status change is the most frequent write and costs exactly one DynamoDB call.
@endpoint(bp, "/v1/orders/{order_id}/status", "POST", roles=ROLES, trust_token=True)
def step(request: ApiRequest, body: StatusDraft) -> Answer[SeenOrder]:
    """Changes an order's status. `illegal_transition` (409) lists the statuses that may follow."""
    check_access(request.principal, body.status, notify=body.notify)
    order = change_status(
        request.principal,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(seen_view(order))


@endpoint(bp, "/v1/orders/{order_id}/assign", "POST", roles=STAFF)
def assign(request: ApiRequest, body: AssignDraft) -> Answer[OrderView]:
    """Assigns a driver to an order."""
    order = assign_driver(
        request.principal,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_view(order))


@endpoint(bp, "/v1/orders/{order_id}/payment", "POST", roles=STAFF)
def pay(request: ApiRequest, body: PaymentDraft) -> Answer[OrderDetail]:
    """Changes the payment: `pending` to `paid` to `refunded`. Repeating it changes nothing."""
    order = change_payment(
        request.principal,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(order_detail(order))
