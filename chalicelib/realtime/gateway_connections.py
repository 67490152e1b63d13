"""Signed requests to API Gateway's `@connections`, over links (HTTP connections) that invocations reuse."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from chalicelib.realtime.concurrency import Seconds, within
from chalicelib.realtime.http11 import GatewayConnection, Origin, Reply
from chalicelib.realtime.signer import Credentials, Signer

if TYPE_CHECKING:
    from ssl import SSLContext

# Opening a link takes about 10 ms; if it takes seconds, the gateway is down.
_OPEN_SECONDS: Final = 1.0
_ANSWERS_AVERAGED: Final = 20
_FORBIDDEN: Final = 403
# In place of a status. UNREACHED: the gateway closed the link or could not be reached. TIMED_OUT: no answer in
# time.
UNREACHED: Final = 0
TIMED_OUT: Final = -1


class GatewayConnections:
    """Requests of one process to one gateway. The parameters are those of `Poster`.

    usual_seconds: the average time of the latest answers on open links.
    """

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Callable[[], Credentials],
        now: Callable[[], datetime],
        trust: "SSLContext | None",
    ) -> None:
        self._origin = Origin.of(endpoint)
        self._signer = Signer(region, credentials, now)
        self._idle: list[GatewayConnection] = []
        self.usual_seconds = 0.0
        self._ssl = trust
        if self._origin.tls and trust is None:
            from ssl import create_default_context  # noqa: PLC0415 — 10 ms that a local stack never needs

            self._ssl = create_default_context()

    def renew_credentials(self) -> None:
        """Reads the credentials again, because they may have been rotated."""
        self._signer.renew()

    def close(self) -> None:
        """Closes all idle links."""
        while self._idle:
            self._idle.pop().close()

    async def request(self, method: str, connection_id: str, payload: bytes, digest: str, seconds: Seconds) -> int:
        """The gateway's status; UNREACHED or TIMED_OUT if it did not answer.

        digest: the payload's hash. seconds: the time for an answer on an open link; may change while it runs.
        """
        signing = self._signer.current
        reply = await self._send(self._head(method, connection_id, payload, digest), payload, seconds)
        if isinstance(reply, Reply) and reply.status == _FORBIDDEN and self._signer.refused(signing, reply.date):
            # Once more, with the gateway's clock or new credentials.
            reply = await self._send(self._head(method, connection_id, payload, digest), payload, seconds)
        return reply.status if isinstance(reply, Reply) else reply

    async def _send(self, head: bytes, payload: bytes, seconds: Seconds) -> Reply | int:
        while True:
            connection = self._idle.pop() if self._idle else None
            is_reused = connection is not None
            try:
                if connection is None:
                    # Not counted as the post's time, because an unreachable gateway is not the connection's fault.
                    async with asyncio.timeout(_OPEN_SECONDS):
                        connection = await GatewayConnection.open(self._origin, self._ssl)
                started = time.perf_counter()
                reply = await within(seconds, connection.request(head, payload))
                self.usual_seconds += (time.perf_counter() - started - self.usual_seconds) / _ANSWERS_AVERAGED
                return reply
            except (ConnectionError, asyncio.IncompleteReadError):
                if is_reused:
                    # The gateway closed the link while this function was frozen; use another link.
                    continue
                return UNREACHED
            except TimeoutError:
                return UNREACHED if connection is None else TIMED_OUT
            except (OSError, ValueError, asyncio.LimitOverrunError):
                return UNREACHED
            finally:
                if connection is not None and connection.reusable:
                    self._idle.append(connection)
                elif connection is not None:
                    connection.close()

    def _head(self, method: str, connection_id: str, payload: bytes, digest: str) -> bytes:
        path = f"{self._origin.path}/@connections/{quote(connection_id, safe='')}"
        host = self._origin.host_header
        signature = self._signer.headers(method, host, path, digest)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(payload)}"]
        lines += [f"{name}: {value}" for name, value in signature.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
