"""API Gateway's limit on a single WebSocket frame, which aiohttp does not have."""

from collections.abc import Callable
from typing import Protocol


class Reader(Protocol):
    """The reader of the bytes, such as aiohttp's WebSocketReader."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]: ...

    def feed_eof(self) -> None: ...


class FrameLimit:
    """Checks the frame headers before it passes the bytes to a reader.

    limit: the most payload bytes in a frame.
    refuse: called once, when a frame exceeds the limit; then nothing more is passed to the reader.
    """

    def __init__(self, reader: Reader, limit: int, refuse: Callable[[], None]) -> None:
        self._reader = reader
        self._limit = limit
        self._refuse = refuse
        self._header = bytearray()
        self._skip = 0  # payload bytes of the current frame still to come
        self._refused = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """aiohttp's parser contract: (finished?, bytes left over)."""
        if self._refused:
            return False, b""
        if self._exceeds(data):
            self._refused = True
            self._refuse()
            return False, b""
        return self._reader.feed_data(data)

    def feed_eof(self) -> None:
        self._reader.feed_eof()

    def _exceeds(self, data: bytes) -> bool:
        position = 0
        while position < len(data):
            if self._skip:
                step = min(self._skip, len(data) - position)
                self._skip -= step
                position += step
                continue
            self._header.append(data[position])
            position += 1
            length = _payload_length(self._header)
            if length is None:
                continue
            if length > self._limit:
                return True
            self._header.clear()
            self._skip = length
        return False


def _payload_length(header: bytearray) -> int | None:
    """The payload length of a frame whose header is complete, else None (RFC 6455, 5.2)."""
    if len(header) < 2:  # noqa: PLR2004
        return None
    short = header[1] & 0x7F
    extended = {126: 2, 127: 8}.get(short, 0)
    mask = 4 if header[1] & 0x80 else 0
    if len(header) < 2 + extended + mask:
        return None
    return int.from_bytes(header[2 : 2 + extended], "big") if extended else short
