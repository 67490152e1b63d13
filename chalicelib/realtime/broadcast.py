"""Fan-out: an event to every connection that watches one of its channels, each once."""

from collections.abc import Sequence
from time import perf_counter

from chalicelib.logs import log
from chalicelib.models.connection import Subscription
from chalicelib.orders.events import OrderEvent
from chalicelib.realtime import connections
from chalicelib.realtime.channels import channel_key, channels_of
from chalicelib.realtime.formats import encoded, order_message
from chalicelib.realtime.gateway import Gateway, Outcome, Post
from chalicelib.realtime.gateway import gateway as default_gateway


class GatewayDown(RuntimeError):
    """Somebody listens, but the gateway does not answer at all: the event must come again."""


def broadcast(event: OrderEvent, *, gateway: Gateway | None = None) -> Outcome:
    """Delivers an order's event and forgets the connections that are gone.

    Raises GatewayDown; the caller's batch is then repeated. Other failures are only logged: repeating for a bad
    connection would hold up every other event of the stream.
    """
    started = perf_counter()
    message = order_message(event)
    payload = encoded(message)
    channels = channels_of(event)
    listeners = watching(event.order.tenant_id, channels)
    posts = [Post(row.connection_id, payload, int(row.connected_at)) for row in listeners]
    outcome = (gateway or default_gateway()).post(posts)
    for connection_id in outcome.gone:
        connections.forget(connection_id)
    ms = round((perf_counter() - started) * 1000, 1)
    log.info(
        "fan_out_done",
        extra={
            "event_type": message["type"],
            "event_id": message["id"],
            "order_id": event.order.id,
            "order_number": event.order.order_number,
            "sent": outcome.sent,
            "gone": len(outcome.gone),
            "failed": len(outcome.failed),
            "ms": ms,
        },
    )
    if posts and not outcome.answered:
        raise GatewayDown(f"no answer for any of {len(posts)} connections")
    return outcome


def watching(tenant_id: str, channels: Sequence[str]) -> list[Subscription]:
    """One subscription per connection that watches any of the channels; a query each, strongly consistent."""
    rows: dict[str, Subscription] = {}
    for channel in channels:
        # Query, not scan: a scan would read every tenant's connections on each event.
        for row in Subscription.query(channel_key(tenant_id, channel), consistent_read=True):
            rows.setdefault(row.connection_id, row)
    return list(rows.values())
