"""`$default`: what clients say on an open socket. Refusals are messages; the socket stays open."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from chalice.app import WebsocketEvent

from chalicelib.clock import now, wire
from chalicelib.logs import bind, log
from chalicelib.realtime import connections
from chalicelib.realtime.formats import encoded, error_message
from chalicelib.realtime.gateway import Gateway, Post
from chalicelib.realtime.gateway import gateway as default_gateway

Message = Mapping[str, Any]


def handle(event: WebsocketEvent, *, gateway: Gateway | None = None) -> None:
    """Answers one message. A sender that is not known any more is only logged: its socket is about to close."""
    raw: dict[str, Any] = event.to_dict()
    bind(raw["requestContext"]["requestId"], connection_id=event.connection_id)
    connection = connections.touch(event.connection_id, now())
    if connection is None:
        log.info("message_from_unknown_connection")
        return
    answer = _answer(raw)
    (gateway or default_gateway()).post([Post(event.connection_id, encoded(answer), int(connection.connected_at))])
    log.info(
        "message_answered",
        extra={"tenant_id": connection.tenant_id, "user_id": connection.user_id, "answer": answer["type"]},
    )


def _answer(raw: Mapping[str, Any]) -> dict[str, Any]:
    if raw.get("isBase64Encoded"):
        return error_message("binary_not_supported", "Send text frames with JSON.")
    try:
        message = msgspec.json.decode(raw.get("body") or "", type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return error_message("malformed_json", "Send a JSON object with a `type`.")
    kind, ref = message.get("type"), message.get("ref")
    handler = _HANDLERS.get(kind) if isinstance(kind, str) else None
    if handler is None:
        return error_message("unknown_type", f"`type` is one of {', '.join(sorted(_HANDLERS))}.", ref)
    answer = handler(message)
    return answer if ref is None else {**answer, "ref": ref}


def _heartbeat(_: Message) -> dict[str, Any]:
    return {"type": "heartbeat", "timestamp": wire(now())}


def _ping(_: Message) -> dict[str, Any]:
    return {"type": "pong", "timestamp": wire(now())}


_HANDLERS: Final[Mapping[str, Callable[[Message], dict[str, Any]]]] = {"heartbeat": _heartbeat, "ping": _ping}
