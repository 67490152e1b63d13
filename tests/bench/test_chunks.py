"""An audience of 10,000 in chunks against one of 1,000 in one go; and what memory that takes.

The gateway is a sink that answers after 20 ms. The instances of `fan_out` are processes that wait for their chunk,
as warm functions do. On Lambda each has a CPU of its own; so here each sends alone, and the slowest counts.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from chalicelib.realtime.broadcast import post_chunk
from chalicelib.realtime.chunks import MOST_POSTS, decoded
from chalicelib.realtime.poster import Poster
from infra.packaging import ROOT
from tests.bench.audience import audience, gateway_to, publish
from tests.bench.report import Report
from tests.bench.sink import sink

_DELAY_MS = 20
_CHUNKS = 10
_ROUNDS = 7
_MOST_MB = 128


class _Function:
    """A warm `fan_out`: a process that says when it has sent a chunk."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.test_chunks", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def send(self, chunk: str) -> None:
        self._in.write(chunk + "\n")
        self._in.flush()

    def wait(self) -> None:
        # Between them are the lines that the function logs.
        assert "sent\n" in iter(self._out.readline, "")

    def run(self, chunk: str) -> None:
        self.send(chunk)
        self.wait()

    def stop(self) -> None:
        self._in.close()
        self._process.wait()
        self._out.close()


def test_ten_thousand_against_a_thousand(report: Report) -> None:
    with sink(_DELAY_MS) as url, _functions(url) as functions, ExitStack() as closing:
        gateway = gateway_to(url)
        closing.callback(gateway.close)
        rounds = [_round(gateway, functions) for _ in range(_ROUNDS + 1)]
    # The first round opens the connections.
    alone, together, one_go = (statistics.median(column[1:]) for column in zip(*rounds, strict=True))
    what = f"fan-out to {_CHUNKS * MOST_POSTS:,} connections in chunks"
    against = f"to {MOST_POSTS:,} in one go {one_go * 1000:.0f} ms"
    report.at_most(what, f"{alone * 1000:.0f} ms", against, alone / one_go, 2)
    report.note(f"{what} that share this machine's cores", f"{together * 1000:.0f} ms", against, together / one_go)


def _round(gateway: Poster, functions: Sequence[_Function]) -> tuple[float, float, float]:
    """Seconds for the large audience, each function with the machine to itself; all at once; for the small one."""
    chunks: list[str] = []
    with audience(_CHUNKS * MOST_POSTS, chunks.append):
        handing_over = _seconds(lambda: publish(gateway))
    assert len(chunks) == len(functions)
    slowest = max(
        _seconds(partial(function.run, chunk)) for function, chunk in zip(functions, chunks, strict=True)
    )

    def all_at_once() -> None:
        for function, chunk in zip(functions, chunks, strict=True):
            function.send(chunk)
        for function in functions:
            function.wait()

    together = _seconds(all_at_once)
    with audience(MOST_POSTS, chunks.append):
        one_go = _seconds(lambda: publish(gateway))
    return handing_over + slowest, handing_over + together, one_go


def test_memory_of_a_fan_out(report: Report) -> None:
    for count, what in ((_CHUNKS * MOST_POSTS, "hand over"), (MOST_POSTS, "post to")):
        with sink(0) as url:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.audience", str(count), url],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        megabytes = float(done.stdout.splitlines()[-1])
        report.at_most(
            f"memory to {what} {count:,}", f"{megabytes:.0f} MB", f"{_MOST_MB} MB", megabytes / _MOST_MB, 1
        )


@contextmanager
def _functions(url: str) -> Iterator[list[_Function]]:
    functions = [_Function(url) for _ in range(_CHUNKS)]
    try:
        yield functions
    finally:
        for function in functions:
            function.stop()


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _serve(url: str) -> None:
    gateway = gateway_to(url)
    for line in sys.stdin:
        post_chunk(decoded(line), gateway=gateway)
        print("sent", flush=True)
    gateway.close()


if __name__ == "__main__":
    _serve(sys.argv[1])
