"""API Gateway's WebSocket side: connections, their limits, and the @connections API.

Not the emulator's, because that one turns every refusal into a 403, runs one handler at a time, hides the handlers'
logs and has no limits.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError

from infra.local.frames import FrameLimit
from infra.local.functions import Event, FunctionFailed, Invoke
from infra.local.rest_api import STAGE

_UNSENT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """API Gateway's quotas: bytes in a frame and in a message, seconds without traffic and altogether."""

    frame: int = 32 * 1024
    message: int = 128 * 1024
    idle: float = 600.0
    life: float = 7200.0

    @classmethod
    def from_environment(cls) -> "Limits":
        """The real ones, or shorter ones for tests: WEBSOCKET_IDLE_SECONDS, WEBSOCKET_LIFE_SECONDS."""
        return cls(
            idle=float(os.environ.get("WEBSOCKET_IDLE_SECONDS", cls.idle)),
            life=float(os.environ.get("WEBSOCKET_LIFE_SECONDS", cls.life)),
        )


@dataclass
class Connection:
    """An open WebSocket. `last_active` moves with traffic in either direction."""

    id: str
    request: web.Request
    socket: web.WebSocketResponse
    connected_at: float = field(default_factory=time.time)
    last_active: float = field(default_factory=time.time)

    def context(self, route: str, kind: str, **more: Any) -> dict[str, Any]:
        """The `requestContext` of an event."""
        now = datetime.now(UTC)
        request_id = secrets.token_hex(16)
        return {
            "routeKey": route,
            "eventType": kind,
            "messageDirection": "IN",
            "stage": STAGE,
            "apiId": "local",
            "domainName": self.request.host,
            "connectionId": self.id,
            "connectedAt": int(self.connected_at * 1000),
            "requestId": request_id,
            "extendedRequestId": request_id,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "identity": {
                "sourceIp": self.request.remote,
                "userAgent": self.request.headers.get("User-Agent"),
            },
            **more,
        }


class WebSocketApi:
    """Serves what an `AWS::ApiGatewayV2::Api` with the three routes serves."""

    def __init__(self, invoke: Invoke, limits: Limits) -> None:
        self._invoke = invoke
        self._limits = limits
        self._open: dict[str, Connection] = {}
        self._messages: set[asyncio.Task[None]] = set()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection from handshake to end: $connect, messages, and $disconnect once."""
        socket = web.WebSocketResponse(
            max_msg_size=self._limits.message,
            compress=False,  # API Gateway does not negotiate it
            writer_limit=_UNSENT_BYTES * 2,  # a slow reader is refused with 429, it never makes a sender wait
        )
        connection = Connection(base64.urlsafe_b64encode(secrets.token_bytes(11)).decode(), request, socket)
        refusal = await self._refusal(connection)
        if refusal is not None:
            return refusal
        await socket.prepare(request)
        # Only now, as on AWS: a post to a connection whose $connect is still running gets 410.
        self._open[connection.id] = connection
        self._limit_frames(connection)
        clock = asyncio.create_task(self._end_in_time(connection))
        try:
            async for message in socket:
                connection.last_active = time.time()
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    # Not awaited: the messages of a connection run at the same time, like on AWS.
                    task = asyncio.create_task(self._message(connection, message.data))
                    self._messages.add(task)
                    task.add_done_callback(self._messages.discard)
        finally:
            clock.cancel()
            self._open.pop(connection.id, None)
            await self._disconnected(connection)
        return socket

    async def post(self, connection_id: str, authorised: bool, body: bytes) -> web.Response:
        """POST @connections/{id}: sends a text frame."""
        connection = self._open.get(connection_id)
        if not authorised:
            return _error(403, "ForbiddenException", "Missing Authentication Token")
        if len(body) > self._limits.message:
            return _error(413, "PayloadTooLargeException", "Payload too large")
        if connection is None or connection.socket.closed:
            return _error(410, "GoneException", "Gone")
        transport = connection.request.transport
        if transport is not None and transport.get_write_buffer_size() > _UNSENT_BYTES:
            return _error(429, "LimitExceededException", "The client does not read fast enough")
        try:
            await connection.socket.send_str(body.decode(errors="replace"))
        except (ConnectionError, RuntimeError):  # closed in this very moment
            return _error(410, "GoneException", "Gone")
        connection.last_active = time.time()
        return web.Response()

    def show(self, connection_id: str, authorised: bool) -> web.Response:
        """GET @connections/{id}."""
        connection = self._open.get(connection_id)
        if not authorised:
            return _error(403, "ForbiddenException", "Missing Authentication Token")
        if connection is None:
            return _error(410, "GoneException", "Gone")
        identity = connection.context("", "")["identity"]
        return web.json_response(
            {
                "connectedAt": _iso(connection.connected_at),
                "lastActiveAt": _iso(connection.last_active),
                "identity": identity,
            }
        )

    def delete(self, connection_id: str, authorised: bool) -> web.Response:
        """DELETE @connections/{id}: the client is closed with 1000; $disconnect follows."""
        if not authorised:
            return _error(403, "ForbiddenException", "Missing Authentication Token")
        connection = self._open.pop(connection_id, None)
        if connection is None:
            return _error(410, "GoneException", "Gone")
        self._close_later(connection, WSCloseCode.OK, b"Connection Closed Normally")
        return web.Response(status=204)

    async def close_all(self) -> None:
        """Ends every connection, when the stack stops."""
        sockets = [connection.socket for connection in self._open.values()]
        self._open.clear()
        await asyncio.gather(
            *(socket.close(code=WSCloseCode.GOING_AWAY) for socket in sockets), return_exceptions=True
        )

    async def _refusal(self, connection: Connection) -> web.Response | None:
        """Runs $connect. None lets the client in; otherwise it gets the status that the function chose."""
        request = connection.request
        context = connection.context("$connect", "CONNECT")
        headers = {name: request.headers.getall(name) for name in request.headers}
        event: Event = {
            "headers": {name: values[-1] for name, values in headers.items()},
            "multiValueHeaders": headers,
            "requestContext": context,
            "isBase64Encoded": False,
        }
        if request.query:  # API Gateway leaves both out when there is no query
            query = {name: request.query.getall(name) for name in request.query}
            event["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
            event["multiValueQueryStringParameters"] = query
        try:
            answer = await self._invoke("WebsocketConnect", event)
            status = int(answer.get("statusCode", 502)) if isinstance(answer, dict) else 502
        except FunctionFailed:
            status = 502
        if 200 <= status < 300:  # noqa: PLR2004
            return None
        message = HTTPStatus(status).phrase if status in {*HTTPStatus} else "Refused"
        return web.json_response(
            {"message": message, "connectionId": connection.id, "requestId": context["requestId"]}, status=status
        )

    async def _message(self, connection: Connection, data: str | bytes) -> None:
        binary = isinstance(data, bytes)
        context = connection.context("$default", "MESSAGE", messageId=secrets.token_urlsafe(11))
        event: Event = {
            "requestContext": context,
            "body": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "isBase64Encoded": binary,
        }
        try:
            await self._invoke("WebsocketMessage", event)
        except FunctionFailed:
            failure = {
                "message": "Internal server error",
                "connectionId": connection.id,
                "requestId": context["requestId"],
            }
            with contextlib.suppress(ConnectionError, RuntimeError):
                await connection.socket.send_str(json.dumps(failure))

    async def _disconnected(self, connection: Connection) -> None:
        code = connection.socket.close_code or WSCloseCode.ABNORMAL_CLOSURE
        context = connection.context(
            "$disconnect", "DISCONNECT", disconnectStatusCode=int(code), disconnectReason=_reason(code)
        )
        event: Event = {
            "headers": {"Host": connection.request.host},
            "multiValueHeaders": {"Host": [connection.request.host]},
            "requestContext": context,
            "isBase64Encoded": False,
        }
        with contextlib.suppress(FunctionFailed):  # API Gateway tries $disconnect once, too
            await self._invoke("WebsocketDisconnect", event)

    async def _end_in_time(self, connection: Connection) -> None:
        """Closes the connection when it has been idle, or has lived, for too long."""
        while True:
            now = time.time()
            left = min(
                connection.last_active + self._limits.idle - now, connection.connected_at + self._limits.life - now
            )
            if left <= 0:
                break
            await asyncio.sleep(left)
        self._close_later(connection, WSCloseCode.GOING_AWAY, b"Going away")

    def _limit_frames(self, connection: Connection) -> None:
        """Puts the frame limit before aiohttp's reader, of which only the limit on messages can be set."""
        socket = connection.socket
        reader, queue = socket._parser, socket._reader
        if reader is None or queue is None:
            raise RuntimeError("the handshake has not happened")

        def refuse() -> None:
            # As aiohttp does for a message that is too large: the queue raises, and the socket closes with the code.
            queue.set_exception(WebSocketError(WSCloseCode.MESSAGE_TOO_BIG, "Frame too large"))

        # The protocol takes a parser once only, so aiohttp's is replaced where it lies.
        connection.request.protocol._payload_parser = FrameLimit(reader, self._limits.frame, refuse)

    def _close_later(self, connection: Connection, code: int, reason: bytes) -> None:
        task = asyncio.create_task(self._close(connection, code, reason))
        self._messages.add(task)
        task.add_done_callback(self._messages.discard)

    async def _close(self, connection: Connection, code: int, reason: bytes) -> None:
        await connection.socket.close(code=code, message=reason)


def _error(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"x-amzn-ErrorType": kind})


def _reason(code: int) -> str:
    known = {1000: "Connection Closed Normally", 1001: "Going away", 1009: "Message too big"}
    return known.get(code, "")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
