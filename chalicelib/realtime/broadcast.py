"""Fan-out: events to every connection that watches one of their channels, each once and in order.

Publishing appends to the log, *then* reads the subscriptions, then posts.
"""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from msgspec import Struct

from chalicelib import aws
from chalicelib.logs import log as logger
from chalicelib.metrics import measured
from chalicelib.models.connection import Subscription
from chalicelib.realtime import connections, log
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.chunks import Chunk, hand_over
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.formats import encoded, render
from chalicelib.realtime.gateway import Gateway, Outcome, Post
from chalicelib.realtime.gateway import gateway as default_gateway


class GatewayDown(RuntimeError):
    """Somebody listens, but the gateway does not answer at all: the events must come again."""


class _Listener(Struct):
    """A connection, and which channels of this batch it watches. connected_at: epoch milliseconds."""

    connection_id: str
    format: str
    connected_at: int
    channels: set[str] = set()


def publish(events: Sequence[Event], *, gateway: Gateway | None = None) -> None:
    """Logs events of one tenant or several, and delivers them.

    Raises LogContended or GatewayDown; the caller's batch is then repeated, under the numbers it has.
    """
    by_tenant: dict[str, list[Stamped]] = {}
    for stamped in log.append(events):
        by_tenant.setdefault(stamped.event.tenant_id, []).append(stamped)
    for tenant_id, batch in by_tenant.items():
        deliver(tenant_id, batch, gateway=gateway)


def deliver(tenant_id: str, batch: Sequence[Stamped], *, gateway: Gateway | None = None) -> None:
    """Sends events of a tenant to whoever watches, or has them sent where many do.

    Raises GatewayDown. Other failures are only logged: the log keeps what was missed, and repeating for one bad
    connection would hold up everybody else's events.
    """
    started = perf_counter()
    listeners = _watching(tenant_id, dict.fromkeys(name for each in batch for name in each.event.channels))
    posts = _posts(listeners, batch)
    here = hand_over(posts, tenant_id, sorted({each.event.correlation_id for each in batch}))
    outcome = _post(here, gateway)
    ms = round((perf_counter() - started) * 1000, 1)
    # In the first event's line alone: it is the batch that was posted.
    metrics = _measured(outcome, ms, FanOutEvents=len(batch))
    for n, each in enumerate(batch):
        logger.info(
            "fan_out_done",
            extra={
                "correlation_id": each.event.correlation_id,
                "tenant_id": tenant_id,
                "event_type": each.event.type,
                "event_id": each.event.id,
                "cursors": dict(each.cursors),
                "handed_over": len(posts) - len(here),
                **_counts(outcome),
                "ms": ms,
                **(metrics if n == 0 else {}),
            },
        )
    _check_answered(here, outcome)


def post_chunk(chunk: Chunk, *, gateway: Gateway | None = None) -> None:
    """Sends what was handed over. Raises GatewayDown."""
    started = perf_counter()
    posts = chunk.posts
    outcome = _post(posts, gateway)
    ms = round((perf_counter() - started) * 1000, 1)
    logger.info(
        "chunk_done",
        extra={
            "tenant_id": chunk.tenant_id,
            "correlation_ids": list(chunk.correlation_ids),
            **_counts(outcome),
            "ms": ms,
            **_measured(outcome, ms),
        },
    )
    _check_answered(posts, outcome)


def _post(posts: Sequence[Post], gateway: Gateway | None) -> Outcome:
    """Posts, and forgets the connections that are gone."""
    outcome = (gateway or default_gateway()).post(posts)
    connections.forget(outcome.gone)
    return outcome


def _counts(outcome: Outcome) -> dict[str, int]:
    return {"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed)}


def _measured(outcome: Outcome, ms: float, **more: float) -> dict[str, Any]:
    gone, failed = len(outcome.gone), len(outcome.failed)
    return measured(FanOutSent=outcome.sent, FanOutGone=gone, FanOutFailed=failed, FanOutMs=ms, **more)


def _check_answered(posts: Sequence[Post], outcome: Outcome) -> None:
    if posts and not outcome.answered:
        raise GatewayDown(f"no answer for any of {len(posts)} connections")


def _watching(tenant_id: str, channels: Sequence[str] | dict[str, None]) -> list[_Listener]:
    """Who watches any of the channels; a query each, strongly consistent."""
    found: dict[str, _Listener] = {}
    for channel in channels:
        for item in _subscriptions(channel_key(tenant_id, channel)):
            connection_id = item["connection_id"]["S"]
            listener = found.get(connection_id)
            if listener is None:
                listener = _Listener(connection_id, item["format"]["S"], int(item["connected_at"]["N"]))
                found[connection_id] = listener
            listener.channels.add(channel)
    return list(found.values())


def _subscriptions(key: str) -> Iterator[dict[str, Any]]:
    """A channel's subscriptions, raw: PynamoDB takes 20 µs for each, half of what posting to it costs."""
    # Query, not scan: a scan would read every tenant's connections on each event.
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=str(Subscription.Meta.table_name),
            KeyConditionExpression="channel_key = :key",
            ExpressionAttributeValues={":key": {"S": key}},
            ConsistentRead=True,
        )
    )
    for page in pages:
        yield from page["Items"]


def _posts(listeners: Sequence[_Listener], batch: Sequence[Stamped]) -> list[Post]:
    """What each listener gets. Encoded once for all who have the same format and watch the same channels."""
    payloads: dict[tuple[int, str, frozenset[str]], bytes | None] = {}
    posts = []
    for listener in listeners:
        own = []
        for n, each in enumerate(batch):
            heard_in = frozenset(listener.channels.intersection(each.event.channels))
            if not heard_in:
                continue
            key = (n, listener.format, heard_in)
            if key not in payloads:
                payloads[key] = _payload(each, listener.format, heard_in)
            if (payload := payloads[key]) is not None:
                own.append(payload)
        if own:
            posts.append(Post(listener.connection_id, tuple(own), listener.connected_at))
    return posts


def _payload(stamped: Stamped, format_: str, heard_in: frozenset[str]) -> bytes | None:
    # Only the cursors of what the listener watches: the others would tell how busy the business is.
    cursors = {name: number for name, number in stamped.cursors.items() if name in heard_in}
    message = render(stamped.event, cursors, format_)
    return None if message is None else encoded(message)
