"""Concurrent functions that append to one log: each number is used once, and a lost race is no failure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import aws as aws_clients
from chalicelib.models.channel_log import ChannelLog
from chalicelib.realtime import log
from chalicelib.realtime.replay import replay
from tests.calls import counted_calls, just_before
from tests.realtime.test_log import clock, event, replayed

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@contextmanager
def refused_once(*reasons: str) -> Iterator[None]:
    """The next transaction is cancelled for these reasons."""
    left = [reasons]

    def refuse(**_: Any) -> Any:
        if not left:
            return None
        found = {
            "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
            "CancellationReasons": [{"Code": reason} for reason in left.pop()],
            "ResponseMetadata": {},
        }
        return SimpleNamespace(status_code=400), found

    events = aws_clients.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", refuse)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", refuse)


def once(happens: Callable[[], object]) -> Callable[[], datetime]:
    """A clock at whose first reading something happens: `append` asks it between its read and its write."""
    left = [happens]

    def now() -> datetime:
        if left:
            left.pop()()
        return NOW

    return now


def test_the_first_event_of_a_channel_is_not_lost_to_a_client_that_asks_for_its_head(aws: None) -> None:
    with just_before("PutItem", lambda: log.append([event("a")], now=clock())):
        head = log.heads("t", ["orders"])["orders"]
    assert head.cursor == 1
    assert replay("t", "orders", 0, head.epoch, now=clock()).recovered
    (stamped,) = log.append([event("b")], now=clock())
    assert stamped.cursors == {"orders": 2}


def test_a_client_that_asks_for_a_head_before_the_first_event_keeps_its_epoch(aws: None) -> None:
    before = log.heads("t", ["orders"])["orders"]
    assert log.heads("t", ["orders"])["orders"] == before
    log.append([event("a")], now=clock())
    assert replayed("orders", before.cursor, before.epoch) == ["a"]


def test_a_log_that_starts_anew_during_an_append_keeps_its_new_epoch(aws: None) -> None:
    log.append([event("old")], now=clock())

    def start_anew() -> None:
        for seq in (0, 1):
            ChannelLog("t#orders", seq).delete()
        log.append([event("new")], now=clock())

    # The new head has the cursor of the old one.
    (mine,) = log.append([event("mine")], now=once(start_anew), pause=lambda _: None)
    assert mine.cursors == {"orders": 2}
    epoch = log.heads("t", ["orders"])["orders"].epoch
    assert replayed("orders", 0, epoch) == ["new", "mine"]


def test_an_event_is_logged_once_although_two_versions_give_it_different_channels(aws: None) -> None:
    def other_version() -> None:
        log.append([event("a", "orders")], now=clock())

    (stamped,) = log.append([event("a", "order:1")], now=once(other_version), pause=lambda _: None)
    assert stamped.cursors == {"orders": 1}
    assert log.heads("t", ["order:1"])["order:1"].cursor == 0


@pytest.mark.parametrize("reasons", [("TransactionConflict",), ("None", "ConditionalCheckFailed")])
def test_a_transaction_that_lost_a_race_is_tried_again(aws: None, reasons: tuple[str, ...]) -> None:
    pauses: list[float] = []
    with refused_once(*reasons):
        (stamped,) = log.append([event("a")], now=clock(), pause=pauses.append)
    assert (stamped.cursors, len(pauses)) == ({"orders": 1}, 1)


@pytest.mark.parametrize("reasons", [("ThrottlingError",), ("ConditionalCheckFailed", "ValidationError")])
def test_a_transaction_that_failed_otherwise_is_not_taken_for_a_lost_race(
    aws: None, reasons: tuple[str, ...]
) -> None:
    pauses: list[float] = []
    with refused_once(*reasons), pytest.raises(TransactWriteError):
        log.append([event("a")], now=clock(), pause=pauses.append)
    assert pauses == []


def test_the_heads_of_as_many_channels_as_a_connection_may_watch_cost_two_reads(aws: None) -> None:
    channels = [f"order:{n}" for n in range(128)]
    before = log.heads("t", channels)
    with counted_calls() as calls:
        assert log.heads("t", channels) == before
    assert calls == {"dynamodb.BatchGetItem": 2}


@pytest.mark.parametrize("lost", [1, 2])
def test_a_log_with_a_gap_is_not_replayed(aws: None, lost: int) -> None:
    log.append([event("a"), event("b"), event("c")], now=clock())
    ChannelLog("t#orders", lost).delete()
    assert replayed("orders", 0) is None
    assert replayed("orders", 2) == ["c"]
