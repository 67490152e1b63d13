"""`$disconnect`: best effort, because API Gateway does not guarantee to call it."""

from typing import Any

from chalice.app import Blueprint, WebsocketEvent

from chalicelib.core.aws import time_budget
from chalicelib.core.clock import now
from chalicelib.core.logs import bind, log
from chalicelib.core.metrics import measured
from chalicelib.core.outages import is_outage
from chalicelib.realtime import connections

bp = Blueprint(__name__)


@bp.on_ws_disconnect(name="websocket_disconnect")
def websocket_disconnect(event: dict[str, Any], context: object) -> dict[str, Any]:
    handle(WebsocketEvent(event, context))
    return {"statusCode": 200}


@time_budget()
def handle(event: WebsocketEvent) -> None:
    """Deletes the connection; repeating it changes nothing. After an outage the sweep deletes the others."""
    bind(event.to_dict()["requestContext"]["requestId"], connection_id=event.connection_id)
    try:
        known = connections.delete([event.connection_id])
    except Exception as error:
        if not is_outage(error):
            raise
        log.exception("storage_unavailable")
        return
    metrics = measured(ConnectionSeconds=now().timestamp() - int(known[0].connected_at) / 1000) if known else {}
    log.info("disconnected", extra={"known": bool(known), **metrics})
