"""The orders stream: each change of an order becomes an event for those who watch and a text for the customer."""

from datetime import UTC

from chalice.app import Blueprint, DynamoDBEvent, DynamoDBRecord

from chalicelib.auth.tenants import get_tenant
from chalicelib.logs import bind, log
from chalicelib.models.order import Order
from chalicelib.orders.events import OrderCreated, OrderStatusChanged, event_of
from chalicelib.realtime.broadcast import broadcast
from chalicelib.sms.queueing import queue_sms
from chalicelib.streams.images import typed
from chalicelib.streams.lag import note_lag

bp = Blueprint(__name__)

# Replaced by the table's own stream in infra/resources.json; Chalice wants a literal.
_STREAM_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/from-template"


@bp.on_dynamodb_record(stream_arn=_STREAM_ARN, name="orders_stream", batch_size=100)
def orders_stream(event: DynamoDBEvent) -> None:
    """Follows every record of the batch, then raises if any could not be followed.

    Lambda repeats the batch then. All that is done here bears that: a text is sent once, a repeated event keeps
    its id.
    """
    failures: list[Exception] = []
    records = list(event)
    for record in records:
        failures += _follow(record)
    note_lag("orders", max(record.timestamp for record in records).replace(tzinfo=UTC))
    log.info("stream_batch_done", extra={"records": len(records), "failures": len(failures)})
    if failures:
        raise ExceptionGroup("records to be repeated", failures)


def _follow(record: DynamoDBRecord) -> list[Exception]:
    """The text and the broadcast, each for itself: trouble with one must not keep the other back."""
    failures: list[Exception] = []
    old, new = typed(Order, record.old_image), typed(Order, record.new_image)
    happened = event_of(old, new)
    if new is None or happened is None:
        return failures
    bind(new.correlation_id, tenant_id=new.tenant_id, order_id=new.id)
    try:
        if isinstance(happened, OrderCreated | OrderStatusChanged):
            queue_sms(new, get_tenant(new.tenant_id), new.correlation_id)
    except Exception as error:  # noqa: BLE001 — whatever it is, the broadcast must still go out
        log.exception("sms_not_queued")
        failures.append(error)
    try:
        broadcast(happened)
    except Exception as error:  # noqa: BLE001 — the records after this one must still be followed
        log.exception("broadcast_failed")
        failures.append(error)
    return failures
