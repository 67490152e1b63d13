"""What a connection watches: taken up, given up, and taken away.

The subscription is written, *then* the log is read: half of what makes "never miss" true. The other half is in
`realtime/replay.py`.
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
from chalicelib.models.base import connection as dynamodb
from chalicelib.models.base import retry_on_conflict
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import log
from chalicelib.realtime.channel_access import check_may_watch
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.connections import principal_of, subscription
from chalicelib.realtime.posts import Gateway, Post, encoded
from chalicelib.realtime.replay import Replay, replay
from chalicelib.realtime.server_messages import AccessLost

MOST_CHANNELS: Final = 128
# Who may lose what they watch while they stay: an order, a route, a driver's position.
_LOSING: Final = GUESTS | {DRIVER}


def subscribe(row: Connection, channel: str, since: int | None, epoch: str | None) -> Replay:
    """Lets a connection watch a channel and returns what it missed since its cursor; nothing without one, and
    nothing where that is more than a replay holds.

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
        # `subscribed` is to mean that the client has everything up to the head. A list is quicker than 5 MB.
        return Replay(log.heads(row.tenant_id, (channel,))[channel], recovered=False)
    return found


def unsubscribe(row: Connection, channel: str) -> None:
    """Ends a watch; one that is not there is ended already."""
    Subscription(channel_key(row.tenant_id, channel), row.connection_id).delete()
    connection = Connection(row.connection_id)
    connection.update_if([Connection.channels.delete({channel})], Connection.connection_id.exists())


def end_for_driver(tenant_id: str, channel: str, driver_id: str, *, gateway: Gateway) -> None:
    """Ends the watch of a driver who has lost what the channel is about, and says so on the socket."""
    _end(tenant_id, channel, lambda found: found.driver_id == driver_id, gateway)


def end_for_trackers(tenant_id: str, channel: str, order_id: str, *, gateway: Gateway) -> None:
    """Ends the watches of those who came for one order and have lost what the channel is about."""
    _end(tenant_id, channel, lambda found: found.order_id == order_id, gateway)


def _end(tenant_id: str, channel: str, loses: Callable[[Subscription], bool], gateway: Gateway) -> None:
    message = AccessLost(type="unsubscribed", channel=channel, code="access_lost", timestamp=wire(clock_now()))
    watching = Subscription.query(channel_key(tenant_id, channel), consistent_read=True)
    losing = {found.connection_id: found for found in watching if loses(found)}
    # What was lost may be theirs again: the record that says so may be an hour old, or be read a second time.
    rows = Connection.batch_get(list(losing), consistent_read=True)
    for row in rows:
        if _may_still(row, channel):
            del losing[row.connection_id]
    for connection_id in losing:
        unsubscribe(Connection(connection_id, tenant_id=tenant_id), channel)
    gateway.post([Post.to(found, encoded(message)) for found in losing.values()])


def _may_still(row: Connection, channel: str) -> bool:
    try:
        check_may_watch(principal_of(row), channel)
    except Refusal:
        return False
    return True


def _check_still(row: Connection, channel: str) -> None:
    """Looks again, now that the watch is written: whoever takes access away may have looked too early for it."""
    try:
        check_may_watch(principal_of(row), channel)
    except Refusal:
        unsubscribe(row, channel)
        raise


def watch(row: Connection, channel: str) -> None:
    """Writes a subscription; access was checked. Raises NotFound or Conflict `too_many_channels`."""
    room = size(Connection.channels) < MOST_CHANNELS
    known = Connection.channels.does_not_exist() | Connection.channels.contains(channel)

    def write() -> None:
        with TransactWrite(connection=dynamodb()) as transaction:
            transaction.update(
                Connection(row.connection_id),
                actions=[Connection.channels.add({channel})],
                condition=Connection.connection_id.exists() & (known | room),
                return_values=ALL_OLD,
            )
            transaction.save(subscription(row, channel))

    try:
        retry_on_conflict(write)
    except TransactWriteError as error:
        refused = [each for each in error.cancellation_reasons if each and each.code == "ConditionalCheckFailed"]
        if not refused:
            raise
        # DynamoDB answers with the row, none where it is gone.
        if not refused[0].raw_item:
            raise NotFound("This connection has been closed.") from error
        raise Conflict(
            f"A connection may watch {MOST_CHANNELS} channels.", code=ErrorCode.TOO_MANY_CHANNELS
        ) from error
