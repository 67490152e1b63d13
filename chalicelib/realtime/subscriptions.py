"""Subscribes connections to channels, unsubscribes them, and ends subscriptions without access.

The subscription is written, *then* the log is read, so that no event is missed; see `realtime/replay.py`.
"""

from collections.abc import Callable
from typing import Final

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import size
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import DRIVER, GUESTS
from chalicelib.core.clock import now as clock_now
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, NotFound, Refusal
from chalicelib.models.base import transact
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import log
from chalicelib.realtime.channel_access import check_may_watch
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.connections import principal_of, subscription
from chalicelib.realtime.posts import Gateway, Post, encoded
from chalicelib.realtime.replay import Replay, replay
from chalicelib.realtime.server_messages import AccessLost

MOST_CHANNELS: Final = 128
# Roles that may lose access to a channel (of an order, a route, a driver) while they stay connected.
_LOSING: Final = GUESTS | {DRIVER}


def subscribe(row: Connection, channel: str, since: int | None, epoch: str | None) -> Replay:
    """Subscribes a connection to a channel and returns the events that it missed since its cursor; none without a
    cursor, or if they exceed a replay.

    Raises Invalid, Forbidden `channel_forbidden`, NotFound or Conflict `too_many_channels`.
    """
    principal = principal_of(row)
    check_may_watch(principal, channel)
    watch(row, channel)
    if principal.role in _LOSING:
        _check_still(row, channel)
    if since is None:
        return Replay(log.heads(row.tenant_id, (channel,))[channel], recovered=False)
    found = replay(row.tenant_id, channel, since, epoch)
    if found.more:
        # `subscribed` means that the client has everything up to the head. Reading a list is faster than 5 MB of
        # events.
        return Replay(log.heads(row.tenant_id, (channel,))[channel], recovered=False)
    return found


def unsubscribe(row: Connection, channel: str) -> None:
    """Ends a subscription; repeating it changes nothing."""
    Subscription(channel_key(row.tenant_id, channel), row.connection_id).delete()
    _remove_channel(row.connection_id, channel)


def end_for_driver(tenant_id: str, channel: str, driver_id: str, *, gateway: Gateway) -> None:
    """Ends the subscription of a driver who lost access to the channel, and notifies the client."""
    _end(tenant_id, channel, lambda found: found.driver_id == driver_id, gateway)


def end_for_trackers(tenant_id: str, channel: str, order_id: str, *, gateway: Gateway) -> None:
    """Ends the subscriptions of an order's trackers that lost access to the channel, and notifies the clients."""
    _end(tenant_id, channel, lambda found: found.order_id == order_id, gateway)


def _end(tenant_id: str, channel: str, loses: Callable[[Subscription], bool], gateway: Gateway) -> None:
    message = AccessLost(type="unsubscribed", channel=channel, code="access_lost", timestamp=wire(clock_now()))
    watching = Subscription.query(channel_key(tenant_id, channel), consistent_read=True)
    losing = {found.connection_id: found for found in watching if loses(found)}
    # Access is checked again: the stream's record may be an hour old or repeated, and access may have come back.
    rows = Connection.batch_get(list(losing), consistent_read=True)
    for row in rows:
        if _may_still(row, channel):
            del losing[row.connection_id]
    for connection_id in losing:
        _remove_channel(connection_id, channel)
    gateway.post([Post.to(found, encoded(message)) for found in losing.values()])
    # Last: if this function dies before, the repeated record finds the subscriptions again, and notifies again.
    for found in losing.values():
        found.delete()


def _remove_channel(connection_id: str, channel: str) -> None:
    connection = Connection(connection_id)
    connection.update_if([Connection.channels.delete({channel})], Connection.connection_id.exists())


def _may_still(row: Connection, channel: str) -> bool:
    try:
        check_may_watch(principal_of(row), channel)
    except Refusal:
        return False
    return True


def _check_still(row: Connection, channel: str) -> None:
    """Checks access again after the subscription is written, which `_end` may not have found before."""
    try:
        check_may_watch(principal_of(row), channel)
    except Refusal:
        unsubscribe(row, channel)
        raise


def watch(row: Connection, channel: str) -> None:
    """Writes a subscription; access was checked. Raises NotFound or Conflict `too_many_channels`."""
    room = size(Connection.channels) < MOST_CHANNELS
    known = Connection.channels.does_not_exist() | Connection.channels.contains(channel)

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            Connection(row.connection_id),
            actions=[Connection.channels.add({channel})],
            condition=Connection.connection_id.exists() & (known | room),
            return_values=ALL_OLD,
        )
        transaction.save(subscription(row, channel))

    try:
        transact(write)
    except TransactWriteError as error:
        refused = [each for each in error.cancellation_reasons if each and each.code == "ConditionalCheckFailed"]
        if not refused:
            raise
        # DynamoDB answers with the row if it still exists.
        if not refused[0].raw_item:
            raise NotFound("This connection has been closed.") from error
        raise Conflict(
            f"A connection may watch {MOST_CHANNELS} channels.", code=ErrorCode.TOO_MANY_CHANNELS
        ) from error
