"""A connection to the WebSocket API, and the events for its functions."""

import asyncio
import base64
import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSCloseCode, web

from infra.local.functions import Event
from infra.local.rest_api import STAGE


@dataclass(frozen=True)
class Limits:
    """API Gateway's quotas: bytes in a frame and in a message, seconds without traffic and in total."""

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
class ClientConnection:
    """An open WebSocket.

    last_active: the time of the last traffic in either direction.
    ended_with: the close code and reason, if this side ends it.
    receiving: the task that reads from the client until either side ends the connection.
    """

    id: str
    request: web.Request
    socket: web.WebSocketResponse
    connected_at: float = field(default_factory=time.time)
    last_active: float = field(default_factory=time.time)
    ended_with: tuple[int, str] | None = None
    receiving: asyncio.Task[None] | None = None

    def end(self, code: int, reason: str) -> None:
        """Ends it. Stops `receiving` first: aiohttp waits for the client's close frame only without a reader."""
        self.ended_with = (code, reason)
        if self.receiving is not None:
            self.receiving.cancel()

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

    def connect_event(self) -> Event:
        """The event of $connect."""
        request = self.request
        headers = {name: request.headers.getall(name) for name in request.headers}
        event: Event = {
            "headers": {name: values[-1] for name, values in headers.items()},
            "multiValueHeaders": headers,
            "requestContext": self.context("$connect", "CONNECT"),
            "isBase64Encoded": False,
        }
        if request.query:  # API Gateway leaves both out when there is no query
            query = {name: request.query.getall(name) for name in request.query}
            event["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
            event["multiValueQueryStringParameters"] = query
        return event

    def message_event(self, data: str | bytes) -> Event:
        """The event of $default."""
        binary = isinstance(data, bytes)
        return {
            "requestContext": self.context("$default", "MESSAGE", messageId=secrets.token_urlsafe(11)),
            "body": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "isBase64Encoded": binary,
        }

    def disconnect_event(self) -> Event:
        """The event of $disconnect."""
        code, reason = self.ended_with or (self.socket.close_code or WSCloseCode.ABNORMAL_CLOSURE, "")
        return {
            "headers": {"Host": self.request.host},
            "multiValueHeaders": {"Host": [self.request.host]},
            "requestContext": self.context(
                "$disconnect", "DISCONNECT", disconnectStatusCode=int(code), disconnectReason=reason
            ),
            "isBase64Encoded": False,
        }

    def shown(self) -> dict[str, Any]:
        """The answer of GET @connections/{id}."""
        return {
            "connectedAt": _iso(self.connected_at),
            "lastActiveAt": _iso(self.last_active),
            "identity": self.context("", "")["identity"],
        }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
