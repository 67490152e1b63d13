"""100,000 connections and 1,000 events a second: where the real broadcaster bends under API Gateway's quotas.

A tenth of it, in real time: 10,000 connections, 100 events a second, a gateway that takes 1,000 posts a second
with a burst of 500 (AWS: 10,000 and 5,000 for an account and region, all its APIs together). What decides is the
ratio of posts to the quota: events times listeners. Records lie in the shards of a stream; each of its readers has
one batch of up to 16 at a time, as Lambda has.
"""

import queue
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from chalicelib.core.logs import log
from chalicelib.realtime.posts import GatewayDown
from tests.bench.audience import audience, gateway_to, publish
from tests.bench.quota import counts, gateway
from tests.bench.report import Report

_CONNECTIONS = 10_000
_EVENTS_PER_SECOND = 100
_QUOTA, _BURST, _ANSWER_MS = 1_000, 500, 15
# The log's transaction and the query for subscriptions.
_DYNAMODB_SECONDS = 0.02
# Twenty shards with four readers each; this slice has a tenth of them.
_READERS = 8
_BATCH = 16
_SECONDS = 6
_LISTENERS = (2, 5, 8, 10, 12, 20, 50)


class _Point(NamedTuple):
    """The result of one load. lag_ms: from an event to its last post, the median and the 99th percentile."""

    listeners: int
    taken: int
    refused: int
    lag_ms: tuple[float, float]
    behind: int


def test_where_it_bends(report: Report) -> None:
    level = log.level
    log.setLevel("ERROR")  # a line per event would be all that one sees
    try:
        points = [_point(listeners) for listeners in _LISTENERS]
    finally:
        log.setLevel(level)
    for each in points:
        offered = each.listeners * _EVENTS_PER_SECOND
        report.note(
            f"{_CONNECTIONS * 10:,} connections, {_EVENTS_PER_SECOND * 10:,} events a second, {each.listeners} "
            f"listeners each ({offered / _QUOTA:.0%} of the quota)",
            f"{each.taken / (offered * _SECONDS):.0%} of the posts accepted, "
            f"{each.refused / (each.taken + each.refused):.0%} of the tries refused, "
            f"median {each.lag_ms[0]:,.0f} ms, p99 {each.lag_ms[1]:,.0f} ms, "
            f"{each.behind * 10:,} events behind after {_SECONDS} s",
        )
    assert all(each.refused == 0 for each in points if each.listeners * _EVENTS_PER_SECOND <= 0.8 * _QUOTA)


def _point(listeners: int) -> _Point:
    """Runs one load for some seconds."""
    waiting: list[queue.Queue[float]] = [queue.Queue() for _ in range(_READERS)]
    lags: list[float] = []
    stop = threading.Event()
    with (
        gateway(_QUOTA, _BURST, _ANSWER_MS) as url,
        audience(listeners, lambda _: None, query_seconds=_DYNAMODB_SECONDS),
        ExitStack() as closing,
    ):
        readers = [threading.Thread(target=_read, args=(own, url, lags, stop)) for own in waiting]
        for reader in readers:
            reader.start()
            closing.callback(reader.join)
        closing.callback(stop.set)
        for n, at in enumerate(_ticks()):
            waiting[n % _READERS].put(at)
        behind = sum(own.qsize() for own in waiting)
        stop.set()
        for reader in readers:
            reader.join()
        taken, refused = counts(url)
    ordered = sorted(lags)
    p99 = ordered[int(0.99 * (len(ordered) - 1))]
    return _Point(listeners, taken, refused, (statistics.median(ordered) * 1000, p99 * 1000), behind)


def _ticks() -> Iterator[float]:
    """The times of the events: evenly, independent of the previous ones."""
    began = time.perf_counter()
    for n in range(_EVENTS_PER_SECOND * _SECONDS):
        at = began + n / _EVENTS_PER_SECOND
        if (left := at - time.perf_counter()) > 0:
            time.sleep(left)
        yield at


def _read(own: "queue.Queue[float]", url: str, lags: list[float], stop: threading.Event) -> None:
    """One reader of a shard: a batch at a time, each event of a business of its own."""
    poster = gateway_to(url)
    try:
        while not (stop.is_set() and own.empty()):
            batch = _batch(own)
            for at in batch:
                try:
                    publish(poster)
                except GatewayDown:
                    continue  # Lambda would bring it again
                lags.append(time.perf_counter() - at)
            if stop.is_set():
                return
    finally:
        poster.close()


def _batch(own: "queue.Queue[float]") -> list[float]:
    try:
        found = [own.get(timeout=0.05)]
    except queue.Empty:
        return []
    while len(found) < _BATCH:
        try:
            found.append(own.get_nowait())
        except queue.Empty:
            break
    return found
