"""The connections stream: sends a new connection its welcome and the stored messages of its user.

`$connect` cannot do this: API Gateway posts to a connection only after `$connect` has returned.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalice.app import Blueprint

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import CLOSE, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import now
from chalicelib.core.logs import bind
from chalicelib.models.connection import Connection
from chalicelib.realtime.closing import check_arrivals
from chalicelib.realtime.connections import still_connected
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.posts import Post
from chalicelib.realtime.welcomes import first_payloads

bp = Blueprint(__name__)

# The most payloads posted here per connection. More would delay the next batch's welcomes.
_MOST_HERE: Final = 20

# For creating the heads of new channels, reading stored messages, and checking again whether the client has
# access.
_WELCOME = {
    "channel_log": "BatchGetItem PutItem Query",
    "connections": "BatchGetItem",
    "display_tokens": "BatchGetItem",
    "links": "GetItem",
    "read_cursors": "BatchGetItem",
    "refresh_tokens": "BatchGetItem",
    "tables": "GetItem",
    "tenants": "BatchGetItem GetItem",
    "users": "BatchGetItem",
    "lambda:fan_out": "InvokeFunction",
}


@stream(
    bp,
    Connection,
    name="connections_stream",
    batch_size=100,
    memory_mb=1024,
    permissions=union(CLOSE, _WELCOME),
    events=("INSERT",),
)
def connections_stream(batch: Batch[Connection]) -> Mapping[str, Any]:
    """Sends each new connection its welcome and stored messages, then ends the excess connections of its user.

    Skips connections that have closed since. For an old record it reads first whether the connection is open.
    """
    arrived = {row.connection_id for row in still_connected([change.new for change in batch.changes], now())}
    staying = [change for change in batch.changes if change.new.connection_id in arrived]
    posts: list[Post] = []
    batch.each("welcome_not_made", staying, lambda change: posts.extend(_posts_here(change.new)))
    # All in parallel, so that a connection that does not answer does not delay other welcomes.
    outcome = gateway().post(posts)
    if outcome.again:
        _hand_to_fan_out(outcome.again, staying)
    ended = 0

    def check(changes: list[Change[Connection]]) -> None:
        nonlocal ended
        ended += check_arrivals([change.new for change in changes], now=now())

    batch.each_tenant("arrivals_not_checked", staying, lambda changes: check(list(changes)))
    return {"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed), "ended": ended}


def _posts_here(row: Connection) -> list[Post]:
    """The posts for a new connection; empty if `fan_out` sends them."""
    bind(row.correlation_id, connection_id=row.connection_id)
    post = Post.to(row, *first_payloads(row, now=now()))
    if len(post.payloads) <= _MOST_HERE:
        return [post]
    from chalicelib.realtime.chunks import hand_over  # noqa: PLC0415 — for few users only

    return hand_over([post], row.tenant_id, [row.correlation_id])


def _hand_to_fan_out(posts: Sequence[Post], changes: Sequence[Change[Connection]]) -> None:
    """Hands undelivered posts to `fan_out`, which retries longer than the next batch should wait."""
    from chalicelib.realtime.chunks import hand_over  # noqa: PLC0415 — for few connections only

    rows = {change.new.connection_id: change.new for change in changes}
    by_tenant = defaultdict(list)
    for post in posts:
        by_tenant[rows[post.connection_id].tenant_id].append(post)
    for tenant_id, own in by_tenant.items():
        hand_over(own, tenant_id, [rows[post.connection_id].correlation_id for post in own])
