"""A gateway that accepts everything; `python -m tests.bench.sink DELAY_MS` prints its port.

It does as little as possible, because it runs on the measured machine.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra.packaging import ROOT

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Sink(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._left = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._left + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            at = head.find(b"content-length: ") + 16
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(data) < end + 4 + length:
                break
            data = data[end + 4 + length :]
            if self._delay:
                self._loop.call_later(self._delay, self._transport.write, _ANSWER)
            else:
                self._transport.write(_ANSWER)
        self._left = data


@contextmanager
def sink(delay_ms: float) -> Iterator[str]:
    """The URL of one that runs meanwhile. delay_ms: how long each answer takes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sink", str(delay_ms)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def _serve(delay_ms: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Sink(delay_ms / 1000), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
