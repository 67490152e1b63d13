"""A minimal HTTP/1.1 client that posts to one host over connections that stay open.

No pipelining: after a dropped connection it would be unknown which requests were delivered.
"""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from ssl import SSLContext

_LARGEST_HEAD = 16 * 1024
# Bodies are read only to reach the next answer; reading a longer one costs more than a new link.
_LARGEST_BODY = 64 * 1024


class Origin(Struct, frozen=True):
    """The target of requests. path: prefix without a trailing slash."""

    host: str
    port: int
    tls: bool
    path: str

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of an http(s) URL."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))

    @property
    def host_header(self) -> str:
        """The Host header's value; with the port unless it is the scheme's default."""
        return self.host if self.port == (443 if self.tls else 80) else f"{self.host}:{self.port}"


class Reply(Struct, frozen=True):
    """The used parts of an answer. date: its `Date` header, if any."""

    status: int
    date: str | None


class GatewayConnection:
    """One open connection; used for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.reusable = True

    @classmethod
    async def open(cls, origin: Origin, ssl: "SSLContext | None") -> "GatewayConnection":
        """Opens a connection. Raises OSError if the host refuses it."""
        reader, writer = await asyncio.open_connection(
            origin.host, origin.port, ssl=ssl, limit=_LARGEST_HEAD, server_hostname=origin.host if ssl else None
        )
        return cls(reader, writer)

    async def request(self, head: bytes, payload: bytes) -> Reply:
        """The answer, without its body.

        Raises ConnectionError or asyncio.IncompleteReadError if the host closed the connection, ValueError for an
        answer that is not HTTP. After any error, also a cancellation, the connection must not be reused.
        """
        self.reusable = False
        self._writer.write(head + payload)
        raw = await self._reader.readuntil(b"\r\n\r\n")
        status_line, *lines = raw.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        status = int(status_line.split(" ", 2)[1])
        if "content-length" not in headers:
            # A body of unknown length. Answers of API Gateway to posts have none, so the connection is not reused.
            return Reply(status, headers.get("date"))
        length = int(headers["content-length"])
        if length <= _LARGEST_BODY:
            await self._reader.readexactly(length)
            self.reusable = headers.get("connection", "").lower() != "close"
        return Reply(status, headers.get("date"))

    def close(self) -> None:
        """Closes the connection without waiting."""
        self._writer.transport.abort()
