"""The connections stream: sends a new connection its welcome and the stored messages of its user.

`$connect` cannot do this: API Gateway posts to a connection only after `$connect` has returned.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalice.app import Blueprint

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.permissions import CLOSE, union
from chalicelib.consumers.stream import stream
from chalicelib.core.clock import now
from chalicelib.core.groups import grouped
from chalicelib.core.logs import bind
from chalicelib.models.connection import Connection
from chalicelib.realtime.closing import check_arrivals
from chalicelib.realtime.connections import still_connected
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.posts import Post
from chalicelib.realtime.welcomes import first_payloads

bp = Blueprint(__name__)

# Connections with more payloads are left to `fan_out`: they take longer than the next batch should wait.
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
    batch.each("welcome_not_made", staying, lambda change: posts.append(_first_post(change.new)))
    # All in parallel, so that a connection that does not answer does not delay other welcomes.
    outcome = gateway().post([post for post in posts if len(post.payloads) <= _MOST_HERE])
    left = [post for post in posts if len(post.payloads) > _MOST_HERE] + outcome.again
    repeated = gateway().post(_hand_over(left, staying))
    ended = 0

    def check(changes: Sequence[Change[Connection]]) -> None:
        nonlocal ended
        ended += check_arrivals([change.new for change in changes], now=now())

    batch.each_tenant("arrivals_not_checked", staying, check)
    return {
        "sent": outcome.sent + repeated.sent,
        "gone": len(outcome.gone) + len(repeated.gone),
        "failed": len(outcome.failed) + len(repeated.failed),
        "ended": ended,
    }


def _first_post(row: Connection) -> Post:
    """The first messages of a new connection: its welcome and missed events."""
    bind(row.correlation_id, connection_id=row.connection_id)
    return Post.to(row, *first_payloads(row, now=now()))


def _hand_over(posts: Sequence[Post], changes: Sequence[Change[Connection]]) -> list[Post]:
    """Hands the posts to `fan_out`. Returns the posts that Lambda did not accept."""
    if not posts:
        return []
    from chalicelib.realtime.chunks import hand_over  # noqa: PLC0415 — for few connections only

    rows = {change.new.connection_id: change.new for change in changes}
    return [
        post
        for tenant_id, own in grouped(posts, lambda post: str(rows[post.connection_id].tenant_id)).items()
        for post in hand_over(own, tenant_id, [rows[each.connection_id].correlation_id for each in own])
    ]
