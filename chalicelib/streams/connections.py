"""The connections stream: a new connection gets its welcome.

Not from `$connect` itself: API Gateway cannot post to a connection before `$connect` has returned.
"""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.clock import from_epoch, now, wire
from chalicelib.logs import bind
from chalicelib.models.connection import Connection
from chalicelib.realtime.closing import check_arrivals
from chalicelib.realtime.connections import without_departed
from chalicelib.realtime.formats import encoded, welcome
from chalicelib.realtime.gateway import Post, gateway
from chalicelib.realtime.log import heads
from chalicelib.streams.batch import Batch, Change
from chalicelib.streams.permissions import CLOSE, Permissions
from chalicelib.streams.stream import stream

bp = Blueprint(__name__)

# To make the heads of channels that are new, and to look again whether the client may still come in.
_WELCOME = Permissions(
    tables={
        "channel_log": "BatchGetItem PutItem",
        "connections": "BatchGetItem",
        "display_tokens": "BatchGetItem",
        "links": "GetItem",
        "refresh_tokens": "BatchGetItem",
        "tables": "GetItem",
        "tenants": "BatchGetItem GetItem",
        "users": "BatchGetItem",
    }
)


@stream(
    bp,
    Connection,
    name="connections_stream",
    batch_size=100,
    memory_mb=1024,
    permissions=CLOSE | _WELCOME,
    events=("INSERT",),
)
def connections_stream(batch: Batch[Connection]) -> Mapping[str, Any]:
    """Sends each new connection its welcome, then ends what is one too many for its user.

    A connection that has left meanwhile is left alone, and where the record is old not even asked for.
    """
    arrived = {row.connection_id for row in without_departed([change.new for change in batch.changes], now())}
    staying = [change for change in batch.changes if change.new.connection_id in arrived]
    posts: list[Post] = []
    batch.each("welcome_not_made", staying, lambda change: posts.append(Post.to(change.new, _welcome(change.new))))
    # All at once: a connection that does not answer delays no other's welcome.
    outcome = gateway().post(posts)
    ended = 0

    def check(changes: list[Change[Connection]]) -> None:
        nonlocal ended
        ended += check_arrivals([change.new for change in changes], now=now())

    batch.each_tenant("arrivals_not_checked", staying, lambda changes: check(list(changes)))
    return {"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed), "ended": ended}


def _welcome(row: Connection) -> bytes:
    bind(row.correlation_id, connection_id=row.connection_id)
    channels = sorted(row.channels or ())
    # Read after the subscriptions were written, with the connection: what comes after these cursors is delivered.
    message = welcome(
        row.format,
        connection_id=row.connection_id,
        user_id=row.user_id,
        role=row.role,
        tenant_id=row.tenant_id,
        channels=channels,
        heads=heads(row.tenant_id, channels),
        token_expires_at=wire(from_epoch(row.token_expires_at)),
        timestamp=wire(now()),
    )
    return encoded(message)
