"""Posting 600 bytes to 1,000 connections: our gateway against boto3's client, one by one."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from chalicelib.realtime.poster import Poster
from chalicelib.realtime.posts import Post
from chalicelib.realtime.signer import Credentials
from tests.bench.report import Report
from tests.bench.sink import sink

_CONNECTIONS = 1_000
_ROUNDS = 7
_PAYLOAD = b"x" * 600
_POSTS = [Post(f"L0SM9cOFvHcCI{n:04}=", (_PAYLOAD,), 0) for n in range(_CONNECTIONS)]


@pytest.mark.parametrize(("delay_ms", "wanted", "by_boto3"), [(0, 15, 1_000), (5, 60, 100)])
def test_posting_to_1000_connections(report: Report, delay_ms: int, wanted: float, by_boto3: int) -> None:
    """by_boto3: how many posts boto3 makes in a round; with a delay, each is as long as the one before."""
    with sink(delay_ms) as url, _ours(url) as ours, _boto3(url, by_boto3) as theirs:
        ours()
        rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(_ROUNDS)]
    (wall, cpu), (their_wall, their_cpu) = (
        (
            statistics.median(one[who][0] for one in rounds) / n,
            statistics.median(one[who][1] for one in rounds) / n,
        )
        for who, n in ((0, _CONNECTIONS), (1, by_boto3))
    )
    what = "at once" if not delay_ms else f"after {delay_ms} ms"
    report.at_least(
        f"posts a second, sink answering {what}",
        f"{1 / wall:,.0f}/s",
        f"boto3 one by one {1 / their_wall:,.0f}/s",
        their_wall / wall,
        wanted,
    )
    if not delay_ms:
        report.at_least(
            "CPU of a post, sink answering at once",
            f"{cpu * 1e6:.0f} µs",
            f"boto3 {their_cpu * 1e6:.0f} µs",
            their_cpu / cpu,
            wanted,
        )


@contextmanager
def _ours(url: str) -> Iterator[Callable[[], None]]:
    gateway = Poster(
        url,
        "ap-northeast-1",
        credentials=lambda: Credentials("id", "key", "session"),
        now=lambda: datetime.now(UTC),
    )

    def post() -> None:
        assert gateway.post(_POSTS).sent == _CONNECTIONS

    yield post
    gateway.close()


@contextmanager
def _boto3(url: str, times: int) -> Iterator[Callable[[], None]]:
    client: Any = boto3.Session("id", "key", "session", "ap-northeast-1").client(
        "apigatewaymanagementapi", endpoint_url=url
    )

    def post() -> None:
        for each in _POSTS[:times]:
            client.post_to_connection(ConnectionId=each.connection_id, Data=_PAYLOAD)

    yield post
    client.close()


def _seconds(work: Callable[[], None]) -> tuple[float, float]:
    """By the clock, and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu
