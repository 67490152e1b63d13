"""The recipients of a batch of events: the subscribed connections, and the payloads of each."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct

from chalicelib.auth.principal import CUSTOMER, DRIVER
from chalicelib.core import aws
from chalicelib.core.logs import log
from chalicelib.core.recent import Recent
from chalicelib.models.connection import Subscription
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Stamped
from chalicelib.realtime.formats import is_known_format, render, variant
from chalicelib.realtime.posts import Post, encoded

_MOST_REPORTED: Final = 10_000
_CUSTOMERS_MAY_WATCH: Final = frozenset({"order", "system", "user"})


class _Listener(Struct):
    """A connection, and the channels of this batch to which it is subscribed.

    format: the variant of its audience. connected_at: epoch milliseconds.
    """

    connection_id: str
    format: str
    connected_at: int
    channels: set[str] = set()


def posts_of(tenant_id: str, batch: Sequence[Stamped]) -> list[Post]:
    """The posts of a batch to the tenant's connections."""
    channels = dict.fromkeys(name for each in batch for name in each.event.channels)
    return _posts(_watching(tenant_id, channels), batch)


def _watching(tenant_id: str, channels: Iterable[str]) -> list[_Listener]:
    """The subscribers of the channels; one strongly consistent query each."""
    found: dict[str, _Listener] = {}
    for channel in channels:
        for item in _subscriptions(channel_key(tenant_id, channel)):
            listener = found.get(item["connection_id"]["S"]) or _parse_listener(item, channel)
            if listener is not None:
                found[listener.connection_id] = listener
                listener.channels.add(channel)
    return list(found.values())


def _parse_listener(item: dict[str, Any], channel: str) -> _Listener | None:
    """The listener of a raw subscription to a channel; None, and logged once, if it is unreadable."""
    connection_id: str = item["connection_id"]["S"]
    try:
        listener = _Listener(connection_id, _variant(item, channel), int(item["connected_at"]["N"]))
        if is_known_format(listener.format):
            return listener
        reason = f"format {listener.format[:40]}"
    except (KeyError, ValueError) as error:
        reason = repr(error)
    if connection_id not in _reported():
        _reported()[connection_id] = True
        log.error("subscription_unreadable", extra={"connection_id": connection_id, "reason": reason})
    return None


def _variant(item: dict[str, Any], channel: str) -> str:
    """The variant of a raw subscription's format for its audience.

    Rows of earlier versions have no role. There the format of guests and displays is already a variant. A
    subscriber who may be a customer is treated as one; staff are also subscribed to `orders`, which is read first.
    """
    format_: str = item["format"]["S"]
    if "." in format_:
        return format_
    if "role" in item:
        return variant(format_, item["role"]["S"])
    if item.get("driver_id", {}).get("S"):
        return variant(format_, DRIVER)
    return variant(format_, CUSTOMER) if channel.partition(":")[0] in _CUSTOMERS_MAY_WATCH else format_


@cache
def _reported() -> Recent[str, bool]:
    """The ids of connections whose unreadable subscriptions this process has logged."""
    return Recent(_MOST_REPORTED)


def _subscriptions(key: str) -> Iterator[dict[str, Any]]:
    """A channel's raw subscriptions. PynamoDB would take 20 µs for each, half the cost of a post."""
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
    """The posts to the listeners. A payload is encoded once per format, audience and set of channels."""
    payloads: dict[tuple[int, str, frozenset[str]], bytes | None] = {}
    posts = []
    for listener in listeners:
        own = []
        for n, each in enumerate(batch):
            matching = frozenset(listener.channels.intersection(each.event.channels))
            if not matching:
                continue
            key = (n, listener.format, matching)
            if key not in payloads:
                payloads[key] = _payload(each, listener.format, matching)
            if (payload := payloads[key]) is not None:
                own.append(payload)
        if own:
            posts.append(Post(listener.connection_id, tuple(own), listener.connected_at))
    return posts


def _payload(stamped: Stamped, format_: str, matching: frozenset[str]) -> bytes | None:
    # Only the cursors of its subscriptions: the others would reveal how busy the tenant is.
    cursors = {name: number for name, number in stamped.cursors.items() if name in matching}
    message = render(stamped.event, cursors, format_)
    return None if message is None else encoded(message)
