"""`$default`: answers the messages of clients.

Refusals are messages, and the socket stays open. The socket of a client that continues to send too fast is closed.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chalice.app import Blueprint, WebsocketEvent

from chalicelib.auth.recent import verify_recent
from chalicelib.auth.rules import check_role
from chalicelib.core.aws import time_budget
from chalicelib.core.clock import epoch, now
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import BadRequest, Refusal, TooLarge
from chalicelib.core.fields import converted
from chalicelib.core.logs import bind, log
from chalicelib.core.metrics import measured
from chalicelib.core.outages import is_outage, unavailable
from chalicelib.models.connection import Connection
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime import connections
from chalicelib.realtime.closing import closing_message
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.limits import MOST_REFUSED
from chalicelib.realtime.pace import TooManyMessages, touch
from chalicelib.realtime.posts import Post, encoded
from chalicelib.realtime.server_messages import Error
from chalicelib.sockets.answers import ANSWERS, UNCHECKED, ClientMessage, Message

bp = Blueprint(__name__)

MAX_MESSAGE_BYTES: Final = 64 * 1024


@bp.on_ws_message(name="websocket_message")
def websocket_message(event: dict[str, Any], context: object) -> dict[str, Any]:
    handle(WebsocketEvent(event, context))
    return {"statusCode": 200}


@time_budget()
def handle(event: WebsocketEvent) -> None:
    """Answers one message. A message of a deleted connection is only logged: its socket is about to close."""
    raw: dict[str, Any] = event.to_dict()
    correlation_id = raw["requestContext"]["requestId"]
    bind(correlation_id, connection_id=event.connection_id)
    sender: Connection | None = None
    messages: list[Message]
    # Parsed before the database is used, because errors contain the message's `ref`.
    read = _read(raw)
    message = {} if isinstance(read, Refusal) else read
    ref, kind = message.get("ref"), message.get("type")
    try:
        sender = touch(event.connection_id, now(), is_heartbeat=kind in ("heartbeat", "ping"))
        if sender is None:
            log.info("message_from_unknown_connection")
            gateway().disconnect([event.connection_id])
            return
        if isinstance(read, Refusal):
            raise read
        messages = _answers(sender, kind, message, correlation_id)
    except TooManyMessages as refusal:
        messages = _answer_to_flood(refusal)
        if not messages:
            # The connection was closed; more of its messages may still arrive.
            log.info("message_after_closing")
            return
    except Refusal as refusal:
        if isinstance(refusal, Unreadable):
            refusal.report()
        messages = [_error(refusal)]
    except Exception as error:  # noqa: BLE001 - whatever it is, a client gets an answer and stays connected
        if is_outage(error):
            log.exception("storage_unavailable")
            messages = [_error(unavailable())]
        else:
            log.exception("message_crashed")
            detail = "Something went wrong on our side. It has been logged."
            messages = [Error(type="error", code=ErrorCode.INTERNAL_ERROR, message=detail)]
    if ref is not None:
        messages[-1] = {**messages[-1], "ref": ref}
    connected_at = int(sender.connected_at) if sender else 0
    gateway().post([Post(event.connection_id, tuple(encoded(each) for each in messages), connected_at)])
    if messages[-1]["type"] == "closing":
        gateway().disconnect([event.connection_id])
    answer = messages[-1]
    log.info(
        "message_answered",
        extra={
            "type": kind if isinstance(kind, str) and kind in ANSWERS else "unknown",
            "answer": answer["type"],
            "code": answer.get("code"),
            **measured(**_counts(message, answer)),
        },
    )


def _answer_to_flood(refusal: TooManyMessages) -> list[Message]:
    """The answer to a client that sends too fast; empty while its socket is being closed.

    Closes the socket again after each further hundred messages, in case the first closing failed.
    """
    if 0 < refusal.refused < MOST_REFUSED:
        return [_error(refusal)]
    row = refusal.row
    if not refusal.reaches_most or row is None:
        return []
    from chalicelib.realtime.admission import charge_for_flood  # noqa: PLC0415 - few clients flood

    charge_for_flood(row.role, row.tenant_id, row.user_id, now())
    log.warning("flood_closed", extra={"tenant_id": row.tenant_id, "user_id": row.user_id, "role": row.role})
    return [closing_message("too_many_refusals", now())]


def _counts(message: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, int]:
    """The metrics of a message and its answer."""
    counts = {"Messages": 1, "MessagesRefused": int(answer["type"] == "error")}
    if answer.get("code") in (ErrorCode.UNAVAILABLE, ErrorCode.INTERNAL_ERROR):
        counts["SocketFailures"] = 1
    if answer["type"] == "subscribed" and message.get("since") is not None:
        counts |= {"Resumed": 1, "NotRecovered": int(not answer["recovered"])}
    return counts


def _error(refusal: Refusal) -> Message:
    return {**Error(type="error", code=refusal.code, message=refusal.detail), **refusal.extra}


def _read(raw: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """The parsed message, or the refusal if it is invalid."""
    if raw.get("isBase64Encoded"):
        return BadRequest(code=ErrorCode.BINARY_NOT_SUPPORTED)
    body = raw.get("body") or ""
    if len(body.encode()) > MAX_MESSAGE_BYTES:
        return TooLarge(f"A message may have {MAX_MESSAGE_BYTES} bytes at most.", code=ErrorCode.MESSAGE_TOO_LARGE)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return BadRequest("Send a JSON object with a `type`.", code=ErrorCode.MALFORMED_JSON)


def _answers(row: Connection, kind: Any, message: dict[str, Any], correlation_id: str) -> list[Message]:
    """The messages to send back, in order; the last one is the answer."""
    if kind != "authenticate" and row.token_expires_at <= epoch(now()):
        return [closing_message("token_expired", now())]
    if not isinstance(kind, str) or kind not in ANSWERS:
        raise BadRequest(f"`type` is one of {', '.join(sorted(ANSWERS))}.", code=ErrorCode.UNKNOWN_TYPE)
    answer = ANSWERS[kind]
    # Before the content is parsed, as over HTTPS.
    check_role(row.role, answer.roles)
    if kind not in UNCHECKED:
        verify_recent(connections.principal_of(row))
    fields = {name: value for name, value in message.items() if name not in ("type", "ref")}
    return list(answer.make(ClientMessage(row, correlation_id, converted(fields, answer.shape))))
