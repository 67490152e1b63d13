"""The orders stream: a change of an order becomes an event for those who watch and a text for the customer.

An order that goes out becomes an attempt to deliver it, too.
"""

from collections.abc import Iterator
from datetime import UTC

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.auth.tenants import get_tenant
from chalicelib.auth.users import users_of_customer
from chalicelib.deliveries.attempts import has_attempt, keep_attempt
from chalicelib.logs import bind, log
from chalicelib.metrics import measured
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.orders.events import OrderEvent, OrderStatusChanged, OrderUpdated, event_of
from chalicelib.orders.status import UNDER_WAY
from chalicelib.realtime import events, subscriptions
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from chalicelib.realtime.gateway import gateway
from chalicelib.sms.queueing import queue_sms
from chalicelib.streams.images import typed
from chalicelib.streams.lag import note_lag
from chalicelib.streams.trouble import noting, raise_noted

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="orders_stream", batch_size=16)
def orders_stream(event: DynamoDBEvent) -> None:
    """Follows every record of the batch, then raises if any could not be followed.

    Lambda repeats the batch then. All that is done here bears that: a text is sent once, a repeated event keeps
    its id and its numbers. Trouble with one thing keeps no other back.
    """
    failures: list[Exception] = []
    records = list(event)
    changes: list[tuple[Order | None, Order]] = []
    for record in records:
        with noting(failures, "image_unreadable"):
            old, new = typed(Order, record.old_image), typed(Order, record.new_image)
            if new is not None:
                changes.append((old, new))
    happened = [each for old, new in changes if (each := event_of(old, new)) is not None]
    bind("several", correlation_ids=sorted({each.order.correlation_id for each in happened}))
    with noting(failures, "broadcast_failed"):
        publish([event for each in happened for event in _events(each)])
    tenants: dict[str, Tenant] = {}
    for each in happened:
        with noting(failures, "sms_not_queued"):
            _queue_text(each, tenants)
    for old, new in changes:
        with noting(failures, "attempt_not_kept"):
            _keep_attempt(old, new, tenants)
        with noting(failures, "access_not_taken"):
            _take_access(old, new)
    bind("several")
    lag_ms = note_lag("orders", max(record.timestamp for record in records).replace(tzinfo=UTC))
    counts = {"records": len(records), "failures": len(failures)}
    log.info("stream_batch_done", extra={**counts, **measured(StreamLagMs=lag_ms)})
    raise_noted(failures)


def _events(happened: OrderEvent) -> Iterator[Event]:
    yield events.of_order(happened)
    order = happened.order
    if isinstance(happened, OrderStatusChanged) and order.kind == "delivery" and order.customer_id:
        yield from events.for_customer(happened, users_of_customer(order.tenant_id, order.customer_id))


def _queue_text(happened: OrderEvent, tenants: dict[str, Tenant]) -> None:
    """tenants: those that this batch has read already."""
    if isinstance(happened, OrderUpdated):
        return
    order = happened.order
    bind(order.correlation_id, tenant_id=order.tenant_id, order_id=order.id)
    queue_sms(order, _tenant(order.tenant_id, tenants), order.correlation_id)


def _keep_attempt(old: Order | None, new: Order, tenants: dict[str, Tenant]) -> None:
    if has_attempt(new):
        bind(new.correlation_id, tenant_id=new.tenant_id, order_id=new.id)
        keep_attempt(old, new, _tenant(new.tenant_id, tenants).time_zone)


def _tenant(tenant_id: str, read: dict[str, Tenant]) -> Tenant:
    if tenant_id not in read:
        read[tenant_id] = get_tenant(tenant_id)
    return read[tenant_id]


def _take_access(old: Order | None, new: Order) -> None:
    """Who has lost an order or its driver stops hearing of them, also where the change was a quiet one."""
    if old is None or not old.driver_id:
        return
    lost = old.driver_id != new.driver_id
    if lost:
        subscriptions.take_from_driver(new.tenant_id, f"order:{new.id}", old.driver_id, gateway=gateway())
    if old.status in UNDER_WAY and (lost or new.status not in UNDER_WAY):
        subscriptions.take_from_trackers(new.tenant_id, f"driver:{old.driver_id}", new.id, gateway=gateway())
