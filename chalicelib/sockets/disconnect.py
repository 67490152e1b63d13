"""`$disconnect`: best effort, API Gateway does not promise to call it."""

from chalice.app import WebsocketEvent

from chalicelib.clock import now
from chalicelib.logs import bind, log
from chalicelib.metrics import measured
from chalicelib.realtime import connections


def handle(event: WebsocketEvent) -> None:
    """Forgets the connection; a second call finds nothing to do."""
    bind(event.to_dict()["requestContext"]["requestId"], connection_id=event.connection_id)
    known = connections.forget([event.connection_id])
    metrics = measured(ConnectionSeconds=now().timestamp() - int(known[0].connected_at) / 1000) if known else {}
    log.info("disconnected", extra={"known": bool(known), **metrics})
