"""API Gateway's WebSocket API: connections, their limits, and the @connections API.

The emulator's is not used, because it turns every refusal into a 403, runs one handler at a time, hides the
handlers' logs and has no limits.
"""

import asyncio
import base64
import contextlib
import json
import secrets
import sys
import time
from http import HTTPStatus

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketError

from infra.local.frames import FrameLimit
from infra.local.functions import FunctionFailed, Invoke
from infra.local.handshake import bad_handshake
from infra.local.websocket_connection import ClientConnection, Limits

_CLOSE_SECONDS = 2.0
_UNSENT_BYTES = 4 * 1024 * 1024


class WebSocketApi:
    """Serves what an `AWS::ApiGatewayV2::Api` with the three routes serves."""

    def __init__(self, invoke: Invoke, limits: Limits) -> None:
        self._invoke = invoke
        self._limits = limits
        self._open: dict[str, ClientConnection] = {}
        self._messages: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection from handshake to end: $connect, messages, and $disconnect once."""
        bad = bad_handshake(request)
        if bad is not None:
            return bad
        socket = web.WebSocketResponse(
            max_msg_size=self._limits.message,
            compress=False,  # API Gateway does not negotiate it
            timeout=_CLOSE_SECONDS,
            writer_limit=sys.maxsize,  # a slow reader is refused with 429 and does not delay senders
        )
        connection = ClientConnection(base64.urlsafe_b64encode(secrets.token_bytes(11)).decode(), request, socket)
        refusal = await self._refusal(connection)
        if refusal is not None:
            return refusal
        try:
            await socket.prepare(request)
        except ConnectionError:  # the client has left while $connect ran
            await self._disconnected(connection)
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        # Only now, as on AWS: a post to a connection whose $connect is still running gets 410.
        self._open[connection.id] = connection
        self._limit_frames(connection)
        connection.receiving = asyncio.create_task(self._receive(connection))
        clock = asyncio.create_task(self._end_in_time(connection))
        try:
            await asyncio.wait((connection.receiving,))
        finally:
            clock.cancel()
            self._open.pop(connection.id, None)
            await asyncio.gather(self._disconnected(connection), self._close(connection))
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
        except (ConnectionError, RuntimeError):  # closed at the same moment
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
        return web.json_response(connection.shown())

    def delete(self, connection_id: str, authorised: bool) -> web.Response:
        """DELETE @connections/{id}: the client is closed with 1000; $disconnect follows."""
        if not authorised:
            return _error(403, "ForbiddenException", "Missing Authentication Token")
        connection = self._open.pop(connection_id, None)
        if connection is None:
            return _error(410, "GoneException", "Gone")
        connection.end(WSCloseCode.OK, "Connection Closed Normally")
        return web.Response(status=204)

    async def close_all(self) -> None:
        """Ends every connection when the stack stops, without $disconnect, because the functions stop as well."""
        self._stopping = True
        connections = list(self._open.values())
        for connection in connections:
            connection.ended_with = (WSCloseCode.GOING_AWAY, "Going away")
        await asyncio.gather(*(self._close(connection) for connection in connections), return_exceptions=True)

    async def _refusal(self, connection: ClientConnection) -> web.Response | None:
        """Runs $connect. Returns None if the client is admitted, otherwise an answer with its status."""
        event = connection.connect_event()
        try:
            answer = await self._invoke("WebsocketConnect", event)
            status = HTTPStatus(answer["statusCode"])
        except (FunctionFailed, KeyError, TypeError, ValueError):
            status = HTTPStatus.BAD_GATEWAY
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        request_id = event["requestContext"]["requestId"]
        refusal = {"message": status.phrase, "connectionId": connection.id, "requestId": request_id}
        return web.json_response(refusal, status=status)

    async def _receive(self, connection: ClientConnection) -> None:
        async for message in connection.socket:
            connection.last_active = time.time()
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                # Not awaited: the messages of a connection are handled concurrently, as on AWS.
                task = asyncio.create_task(self._message(connection, message.data))
                self._messages.add(task)
                task.add_done_callback(self._messages.discard)
            elif message.type == WSMsgType.ERROR and isinstance(message.data, WebSocketError):
                connection.ended_with = (message.data.code, str(message.data))

    async def _message(self, connection: ClientConnection, data: str | bytes) -> None:
        event = connection.message_event(data)
        try:
            await self._invoke("WebsocketMessage", event)
        except FunctionFailed:
            failure = {
                "message": "Internal server error",
                "connectionId": connection.id,
                "requestId": event["requestContext"]["requestId"],
            }
            with contextlib.suppress(ConnectionError, RuntimeError):
                await connection.socket.send_str(json.dumps(failure))

    async def _disconnected(self, connection: ClientConnection) -> None:
        if self._stopping:
            return
        with contextlib.suppress(FunctionFailed):  # API Gateway tries $disconnect once, too
            await self._invoke("WebsocketDisconnect", connection.disconnect_event())

    async def _close(self, connection: ClientConnection) -> None:
        """Sends the close frame and waits for the client's, unless that has happened."""
        code, reason = connection.ended_with or (WSCloseCode.OK, "")
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connection.socket.close(code=code, message=reason.encode(), drain=False)
        except TimeoutError:  # a client that does not read
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def _end_in_time(self, connection: ClientConnection) -> None:
        """Closes the connection when it has been idle or open for too long."""
        while True:
            now = time.time()
            left = min(
                connection.last_active + self._limits.idle - now, connection.connected_at + self._limits.life - now
            )
            if left <= 0:
                break
            await asyncio.sleep(left)
        connection.end(WSCloseCode.GOING_AWAY, "Going away")

    def _limit_frames(self, connection: ClientConnection) -> None:
        """Adds the frame limit to aiohttp's reader, which only limits messages."""
        socket = connection.socket
        reader, queue = socket._parser, socket._reader
        if reader is None or queue is None:
            raise RuntimeError("the handshake has not happened")

        def refuse() -> None:
            # As aiohttp does for a message that is too large: the queue raises, and the socket closes with the
            # code.
            queue.set_exception(WebSocketError(WSCloseCode.MESSAGE_TOO_BIG, "Frame too large"))

        # The protocol accepts a parser only once, so aiohttp's own attribute is replaced.
        connection.request.protocol._payload_parser = FrameLimit(reader, self._limits.frame, refuse)


def _error(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"x-amzn-ErrorType": kind})
