"""The delay of events to working connections while others do not answer, answer 429, or answer slowly.

Two businesses, 20 events a second in turns, through the fan-out of a stream: batches as a stream's reader takes
them, a gateway in a process of its own (`python -m tests.bench.test_fan_out_faults`), `fan_out` in threads. The
connection's name says what the gateway does: `fine-…`, `hangs-…`, `refuses-…` (429), `slow-…` (1 to 2 seconds).
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.broadcast import deliver_all, post_chunk
from chalicelib.realtime.chunks import decoded
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.gateway import make_poster, posters
from chalicelib.realtime.poster import Poster
from chalicelib.realtime.posts import PATIENT
from chalicelib.realtime.slow import slow_connections
from infra.packaging import ROOT
from tests.bench.report import Report

_EVENTS = 200
_PER_SECOND = 20
_BATCH = 16
_MOST_MS = 100

_FINE = [f"fine-{n}" for n in range(20)]
_OTHER = [f"fine-other-{n}" for n in range(5)]
_AUDIENCES = {
    "one of 20 does not answer": ["hangs-0", *_FINE[:19]],
    "one of 20 answers 429": ["refuses-0", *_FINE[:19]],
    "20 of 40 answer after 1 to 2 s": [*(f"slow-{n}" for n in range(20)), *_FINE],
}


def test_the_others_while_some_do_not_answer(report: Report) -> None:
    without = _p95_ms(_FINE)
    for what, audience in _AUDIENCES.items():
        p95 = _p95_ms(audience)
        report.at_most(
            f"event → the others, 95 %, while {what}",
            f"{p95:.0f} ms",
            f"without faults {without:.0f} ms",
            p95 / without,
            2,
        )
        report.at_most(f"the same against {_MOST_MS} ms", f"{p95:.0f} ms", f"{_MOST_MS} ms", p95 / _MOST_MS, 1)


def _p95_ms(audience: Sequence[str]) -> float:
    """From an event to the gateway's receipt of its post, over all connections that answer, of both businesses."""
    arrivals: list[tuple[str, float, float]] = []
    with _gateway(arrivals) as url, _posting_to(url), _watched_by({"t": audience, "other": _OTHER}), _fan_out():
        for batch in _batches():
            failures: dict[str, list[Exception]] = {}
            deliver_all(batch, failures=failures)
            assert failures == {}
    waits = sorted(arrived - at for name, at, arrived in arrivals if name.startswith("fine"))
    assert len(waits) >= _EVENTS / 2 * (sum(each.startswith("fine") for each in audience) + len(_OTHER))
    return statistics.quantiles(waits, n=20)[-1] * 1000


def _batches() -> Iterator[dict[str, list[Stamped]]]:
    """The batches of a stream's reader: each has the events since the reader began the previous one."""
    began = time.monotonic()
    done = 0
    while done < _EVENTS:
        if (wait := began + done / _PER_SECOND - time.monotonic()) > 0:
            time.sleep(wait)
        happened = min(_EVENTS, int((time.monotonic() - began) * _PER_SECOND) + 1, done + _BATCH)
        batch: dict[str, list[Stamped]] = {}
        for n in range(done, happened):
            batch.setdefault("other" if n % 2 else "t", []).append(_event(n, began + n / _PER_SECOND))
        done = happened
        yield batch


def _event(number: int, at: float) -> Stamped:
    event = Event(
        id=f"e{number}",
        type="changed",
        tenant_id="other" if number % 2 else "t",
        channels=("orders",),
        data={"at": at, "filler": "x" * 450},
        timestamp="2026-11-22T04:00:00.000Z",
    )
    return Stamped(event, {"orders": number})


@contextmanager
def _answering(service: str, operation: str, answer: Callable[..., Any]) -> Iterator[None]:
    events = aws.client(service).meta.events
    events.register(f"before-call.{service}.{operation}", answer)
    try:
        yield
    finally:
        events.unregister(f"before-call.{service}.{operation}", answer)


@contextmanager
def _watched_by(audiences: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """These connections watch everything of their tenant."""

    def query(params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        key = json.loads(params["body"])["ExpressionAttributeValues"][":key"]["S"]
        rows = [
            {"connection_id": {"S": each}, "format": {"S": "standard"}, "connected_at": {"N": "0"}}
            for each in audiences[key.partition("#")[0]]
        ]
        return SimpleNamespace(status_code=200), {"Items": rows, "ResponseMetadata": {}}

    with _answering("dynamodb", "Query", query):
        yield


@contextmanager
def _fan_out() -> Iterator[None]:
    """`fan_out` in threads, each with a gateway of its own, as its instances have."""
    own = threading.local()
    made: list[Poster] = []

    def run(chunk: str) -> None:
        if not hasattr(own, "poster"):
            own.poster = make_poster(PATIENT)
            made.append(own.poster)
        post_chunk(decoded(chunk), gateway=own.poster)

    def invoke(params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        threads.submit(run, json.loads(params["body"])["chunk"])
        return SimpleNamespace(status_code=202), {"StatusCode": 202, "ResponseMetadata": {}}

    with ThreadPoolExecutor(32) as threads, _answering("lambda", "Invoke", invoke):
        yield
    for each in made:
        each.close()


@contextmanager
def _posting_to(url: str) -> Iterator[None]:
    """Inside, the process's new gateways post to this address, without data about connections."""
    before = os.environ["WS_ENDPOINT"]
    os.environ["WS_ENDPOINT"] = url
    memories = (settings, posters, slow_connections, backlog)
    for each in memories:
        each.cache_clear()
    try:
        yield
    finally:
        for poster in posters().values():
            poster.close()
        os.environ["WS_ENDPOINT"] = before
        for each in memories:
            each.cache_clear()


@contextmanager
def _gateway(arrivals: list[tuple[str, float, float]]) -> Iterator[str]:
    """Yields the URL. arrivals: receives, at the end, each post's connection, event time and arrival time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.test_fan_out_faults"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api"
        process.stdin.close()
        arrivals += [tuple(each) for each in json.loads(process.stdout.readline())]
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


async def _serve() -> None:
    arrivals: list[tuple[str, float, float]] = []
    slow = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal slow
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                name = head.split(" ")[1].rpartition("/")[2]
                arrivals.append((name, body["data"]["at"], time.monotonic()))
                if name.startswith("hangs"):
                    await asyncio.Event().wait()
                if name.startswith("slow"):
                    slow += 1
                    await asyncio.sleep(1 + slow % 10 / 10)
                status = "429 Too Many Requests" if name.startswith("refuses") else "200 OK"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(arrivals), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
