"""The orders stream: publishes an event for each change of an order and queues the customer's SMS.

An order that becomes `delivering` also gets a delivery attempt. SMS, attempts and the ending of subscriptions come
after the broadcast, so that it does not wait for their imports, 9 ms of a cold start.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from chalice.app import Blueprint

from chalicelib.auth.user_ids import users_of_customer, users_of_driver
from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import END_SUBSCRIPTIONS, PUBLISH, union
from chalicelib.consumers.stream import stream
from chalicelib.core.logs import bind
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.orders.events import (
    OrderCreated,
    OrderEvent,
    OrderStatusChanged,
    OrderUpdated,
    assigned_driver,
    event_of,
)
from chalicelib.realtime import notifications, order_events
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from chalicelib.realtime.gateway import gateway

if TYPE_CHECKING:
    from chalicelib.models.tenant import Tenant

bp = Blueprint(__name__)

OrderChange = Change[Order]

_FOLLOW_ORDERS: Final = {
    "counters": "UpdateItem",
    "customers": "GetItem UpdateItem",
    "deliveries": "PutItem",
    "links": "PutItem",
    "notification_history": "GetItem PutItem",
    "orders": "GetItem",
    "sms_opt_outs": "GetItem",
    "sms_templates": "Query",
    "tenants": "GetItem",
    "users/index/by_customer": "Query",
    "users/index/by_driver": "Query",
    "sqs:SmsQueue": "SendMessage",
}


@stream(
    bp,
    Order,
    name="orders_stream",
    batch_size=16,
    memory_mb=1024,
    permissions=union(PUBLISH, END_SUBSCRIPTIONS, _FOLLOW_ORDERS),
    reads_old=True,
)
def orders_stream(batch: Batch[Order]) -> None:
    """Idempotent: an SMS is sent once, and a repeated event has the same id and numbers."""
    bind("several", correlation_ids=sorted({change.new.correlation_id for change in batch.changes}))
    batch.together("broadcast_failed", batch.changes, _publish)
    tenants: dict[str, Tenant] = {}
    for message, react in REACTIONS.items():
        batch.each(message, batch.changes, partial(react, tenants))


def _publish(changes: Sequence[OrderChange]) -> None:
    happened = [event for change in changes if (event := _event_of(change)) is not None]
    publish([event for each in happened for make in EVENTS[type(each)] for event in make(each)])


def _event_of(change: OrderChange) -> OrderEvent | None:
    return event_of(change.old, change.new, repair=change.repair)


def _for_watchers(happened: OrderEvent) -> Iterator[Event]:
    yield order_events.of_order(happened)


def _for_customer(happened: OrderEvent) -> Iterator[Event]:
    order = happened.order
    if isinstance(happened, OrderStatusChanged) and order.kind == "delivery" and order.customer_id:
        yield from order_events.for_customer(happened, users_of_customer(order.tenant_id, order.customer_id))


def _for_driver(happened: OrderEvent) -> Iterator[Event]:
    driver_id = assigned_driver(happened)
    if driver_id is not None:
        yield from notifications.order_assigned(happened, users_of_driver(happened.order.tenant_id, driver_id))


def _queue_sms(tenants: "dict[str, Tenant]", change: OrderChange) -> None:
    happened, order = _event_of(change), change.new
    if isinstance(happened, OrderCreated | OrderStatusChanged):
        from chalicelib.sms.queueing import queue_sms  # noqa: PLC0415 - see above

        bind(order.correlation_id, tenant_id=order.tenant_id, order_id=order.id)
        queue_sms(order, _tenant(order.tenant_id, tenants), order.correlation_id)


def _record_attempt(tenants: "dict[str, Tenant]", change: OrderChange) -> None:
    from chalicelib.deliveries.attempts import has_attempt, record_attempt  # noqa: PLC0415 - see above

    order = change.new
    if has_attempt(order):
        bind(order.correlation_id, tenant_id=order.tenant_id, order_id=order.id)
        record_attempt(change.old, order, _tenant(order.tenant_id, tenants).time_zone)


def _end_lost_subscriptions(_tenants: "dict[str, Tenant]", change: OrderChange) -> None:
    """Ends the subscriptions of a driver who lost the order, and of a customer whose driver is not on the way."""
    old, new = change.old, change.new
    if old is None or not old.driver_id:
        return
    from chalicelib.realtime import subscriptions  # noqa: PLC0415 - see above

    lost = old.driver_id != new.driver_id
    if lost:
        subscriptions.end_for_driver(new.tenant_id, f"order:{new.id}", old.driver_id, gateway=gateway())
    if old.status in UNDER_WAY and (lost or new.status not in UNDER_WAY):
        subscriptions.end_for_trackers(new.tenant_id, f"driver:{old.driver_id}", new.id, gateway=gateway())


def _tenant(tenant_id: str, read: "dict[str, Tenant]") -> "Tenant":
    """The tenant, read once per batch. read: those read so far."""
    from chalicelib.tenants.tenants import get_tenant  # noqa: PLC0415 - see above

    if tenant_id not in read:
        read[tenant_id] = get_tenant(tenant_id)
    return read[tenant_id]


# The events to publish for each event of an order.
EVENTS: Final[Mapping[type[OrderEvent], tuple[Callable[[OrderEvent], Iterator[Event]], ...]]] = {
    OrderCreated: (_for_watchers, _for_driver),
    OrderStatusChanged: (_for_watchers, _for_customer, _for_driver),
    OrderUpdated: (_for_watchers, _for_driver),
}

# The reactions to each change of an order, by the log message of their failure. All except SMS also follow changes
# that are published to no one.
REACTIONS: Final[Mapping[str, Callable[["dict[str, Tenant]", OrderChange], None]]] = {
    "sms_not_queued": _queue_sms,
    "attempt_not_recorded": _record_attempt,
    "subscriptions_not_ended": _end_lost_subscriptions,
}
