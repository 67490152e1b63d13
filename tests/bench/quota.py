"""A gateway with API Gateway's quotas: `python -m tests.bench.quota PER_SECOND BURST DELAY_MS` prints its port.

A token bucket for all posts, as AWS describes its own; a post that finds it empty gets a 429. `GET /` returns how
many were accepted and refused since the last request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from infra.packaging import ROOT

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_REFUSED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"


class _Bucket:
    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._tokens, self._at = burst, monotonic()
        self.taken = self.refused = 0

    def takes(self) -> bool:
        now = monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        self.taken += 1
        return True


class _Gateway(asyncio.Protocol):
    def __init__(self, bucket: _Bucket, delay: float) -> None:
        self._bucket, self._delay = bucket, delay
        self._left = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._left + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            if head.startswith(b"get "):
                self._report()
                data = data[end + 4 :]
                continue
            at = head.find(b"content-length: ") + 16
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(data) < end + 4 + length:
                break
            data = data[end + 4 + length :]
            answer = _TAKEN if self._bucket.takes() else _REFUSED
            self._loop.call_later(self._delay, self._transport.write, answer)
        self._left = data

    def _report(self) -> None:
        body = json.dumps({"taken": self._bucket.taken, "refused": self._bucket.refused}).encode()
        self._bucket.taken = self._bucket.refused = 0
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


@contextmanager
def gateway(per_second: int, burst: int, delay_ms: float) -> Iterator[str]:
    """The URL of one that runs meanwhile. delay_ms: how long each answer takes."""
    command = [sys.executable, "-m", "tests.bench.quota", str(per_second), str(burst), str(delay_ms)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def counts(url: str) -> tuple[int, int]:
    """Posts taken and refused since the last time."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        sent = json.load(answer)
    return sent["taken"], sent["refused"]


async def _serve(per_second: float, burst: float, delay_ms: float) -> None:
    bucket = _Bucket(per_second, burst)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Gateway(bucket, delay_ms / 1000), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*map(float, sys.argv[1:])))
