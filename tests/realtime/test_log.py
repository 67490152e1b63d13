"""The channel log: numbers without gaps, repeats recognised, replays complete or refused."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.models.channel_log import ChannelLog, EventClaim
from chalicelib.realtime import log
from chalicelib.realtime.events import Event
from chalicelib.realtime.replay import replay
from tests.calls import counted_calls

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def event(event_id: str, *channels: str, tenant_id: str = "t", **data: Any) -> Event:
    return Event(
        id=event_id,
        type="order_updated",
        tenant_id=tenant_id,
        channels=channels or ("orders",),
        data=data,
        timestamp="2026-11-22T04:00:00.000Z",
    )


def clock(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def replayed(channel: str, since: int, epoch: str | None = None, *, at: datetime = NOW) -> list[str] | None:
    """The events' ids after a cursor; None if they cannot be recovered."""
    found = replay("t", channel, since, epoch, now=clock(at))
    return [each.event.id for each in found.events] if found.recovered else None


def expire(at: datetime) -> None:
    """Deletes the expired rows, as TTL does some time later."""
    for model in (ChannelLog, EventClaim):
        for row in model.scan():
            if row.expires_at is not None and row.expires_at < at.timestamp():
                row.delete()


def test_events_get_the_next_whole_number_in_each_of_their_channels(aws: None) -> None:
    batch = [event("a", "orders", "order:1"), event("b", "orders", "order:2"), event("c", "orders", "order:1")]
    stamped = log.append(batch, now=clock())
    assert [dict(each.cursors) for each in stamped] == [
        {"orders": 1, "order:1": 1},
        {"orders": 2, "order:2": 1},
        {"orders": 3, "order:1": 2},
    ]
    assert [dict(each.cursors) for each in log.append([event("d")], now=clock())] == [{"orders": 4}]
    assert {name: head.cursor for name, head in log.heads("t", ["orders", "order:1", "order:9"]).items()} == {
        "orders": 4,
        "order:1": 2,
        "order:9": 0,
    }


def test_an_event_that_comes_again_keeps_its_number(aws: None) -> None:
    first = log.append([event("a"), event("b")], now=clock())
    again = log.append([event("b"), event("c"), event("a"), event("c")], now=clock())
    assert [(each.event.id, each.cursors["orders"]) for each in first] == [("a", 1), ("b", 2)]
    assert [(each.event.id, each.cursors["orders"]) for each in again] == [("b", 2), ("c", 3), ("a", 1), ("c", 3)]
    assert replayed("orders", 0) == ["a", "b", "c"]


@pytest.mark.parametrize("hours", [1, 24])
def test_a_record_that_its_stream_repeats_keeps_its_number_for_as_long_as_the_stream_keeps_it(
    aws: None, hours: int
) -> None:
    log.append([event("a")], now=clock())
    later = NOW + timedelta(hours=hours)
    expire(later)
    again = log.append([event("a"), event("b")], now=clock(later))
    assert [(each.event.id, each.cursors["orders"]) for each in again] == [("a", 1), ("b", 2)]


def test_a_channel_that_was_silent_for_a_year_keeps_its_epoch(aws: None) -> None:
    log.append([event("a")], now=clock())
    before = log.heads("t", ["orders"])["orders"]
    later = NOW + timedelta(days=365)
    expire(later)
    assert log.heads("t", ["orders"])["orders"] == before
    log.append([event("b")], now=clock(later))
    assert replayed("orders", 1, before.epoch, at=later) == ["b"]


def test_a_batch_costs_one_read_and_one_transaction(aws: None) -> None:
    batch = [event(f"e{n}", "orders", f"order:{n % 3}") for n in range(10)]
    with counted_calls() as calls:
        log.append(batch, now=clock())
    assert calls == {"dynamodb.BatchGetItem": 1, "dynamodb.TransactWriteItems": 1}
    with counted_calls() as calls:
        log.append(batch, now=clock())
    assert calls == {"dynamodb.BatchGetItem": 1}


def test_a_batch_too_large_for_a_transaction_is_appended_in_order(aws: None) -> None:
    batch = [event(f"e{n}", "orders", f"order:{n}", "driver:1") for n in range(60)]
    stamped = log.append(batch, now=clock())
    assert [each.cursors["orders"] for each in stamped] == list(range(1, 61))
    assert replayed("driver:1", 0) == [f"e{n}" for n in range(60)]


def test_a_batch_with_more_bytes_than_a_transaction_takes_is_appended_in_order(aws: None) -> None:
    # Text that hardly gets smaller: 150 KB of each are stored in both channels.
    noise = [b64encode(Random(n).randbytes(150_000)).decode() for n in range(19)]
    sizes: list[int] = []

    def measure(params: Any, **_: Any) -> None:
        sizes.append(len(params["body"]) * 3 // 4)  # JSON carries bytes in base64

    events = aws_clients.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", measure)
    try:
        batch = [event(f"e{n}", "orders", "order:1", noise=text) for n, text in enumerate(noise)]
        stamped = log.append(batch, now=clock())
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", measure)
    assert max(sizes) < 4 * 1024 * 1024 < sum(sizes)
    assert [each.cursors for each in stamped] == [{"orders": n, "order:1": n} for n in range(1, 20)]


def test_a_replay_has_all_missed_events_and_costs_one_read(aws: None) -> None:
    for start in range(0, 400, 40):
        log.append([event(f"e{n}", size=n) for n in range(start, start + 40)], now=clock())
    epoch = log.heads("t", ["orders"])["orders"].epoch
    with counted_calls() as calls:
        assert replayed("orders", 100, epoch) == [f"e{n}" for n in range(100, 400)]
    assert calls == {"dynamodb.Query": 1}
    assert replayed("orders", 400, epoch) == []
    (last,) = replay("t", "orders", 399, epoch, now=clock()).events
    assert (last.event.data, last.cursors) == ({"size": 399}, {"orders": 400})


def test_more_than_300_missed_are_not_replayed(aws: None) -> None:
    for start in range(0, 301, 43):
        log.append([event(f"e{n}") for n in range(start, start + 43)], now=clock())
    assert replayed("orders", 0) is None
    assert len(replayed("orders", 1) or []) == 300


def test_events_appended_between_the_reads_of_a_replay_are_replayed(aws: None) -> None:
    log.append([event("a")], now=clock())
    late = [event("b"), event("c")]

    def append_once(**_: Any) -> None:
        if late:
            log.append([late.pop(0), late.pop(0)], now=clock())

    events = aws_clients.client("dynamodb").meta.events
    # After the log was read and found empty, before the head is read.
    events.register("after-call.dynamodb.Query", append_once)
    try:
        assert replayed("orders", 1) == ["b", "c"]
    finally:
        events.unregister("after-call.dynamodb.Query", append_once)


@pytest.mark.parametrize(("since", "epoch"), [(0, "another"), (2, "another"), (3, None), (-1, None)])
def test_another_epoch_and_a_cursor_that_was_never_given_recover_nothing(
    aws: None, since: int, epoch: str | None
) -> None:
    log.append([event("a"), event("b")], now=clock())
    assert replayed("orders", since, epoch) is None


def test_events_older_than_a_day_are_treated_as_deleted_before_ttl(aws: None) -> None:
    log.append([event("old")], now=clock())
    log.append([event("new")], now=clock(NOW + timedelta(hours=2)))
    later = NOW + timedelta(hours=25)
    assert replayed("orders", 0, at=later) is None
    assert replayed("orders", 1, at=later) == ["new"]
    ChannelLog("t#orders", 2).delete()
    assert replayed("orders", 1, at=later) is None


def expires_at(seq: int) -> int | None:
    """When DynamoDB may delete a row of t's orders; None if never."""
    key = {"channel_key": {"S": "t#orders"}, "seq": {"N": str(seq)}}
    row = aws_clients.client("dynamodb").get_item(TableName=str(ChannelLog.Meta.table_name), Key=key)["Item"]
    return int(row["expires_at"]["N"]) if "expires_at" in row else None


def test_a_head_never_expires_as_a_connection_may_watch_a_silent_channel_for_months(aws: None) -> None:
    log.heads("t", ["orders"])
    assert expires_at(0) is None
    log.append([event("a")], now=clock())
    assert expires_at(0) is None
    assert expires_at(1) is not None


def test_a_head_that_was_stored_with_an_expiry_loses_it_with_the_next_event(aws: None) -> None:
    ChannelLog("t#orders", 0, cursor=7, epoch="old", expires_at=int(NOW.timestamp())).save()
    (stamped,) = log.append([event("a")], now=clock())
    assert stamped.cursors == {"orders": 8}
    assert expires_at(0) is None


def test_a_head_that_is_gone_starts_a_new_epoch(aws: None) -> None:
    log.append([event("a")], now=clock())
    before = log.heads("t", ["orders"])["orders"]
    ChannelLog("t#orders", 0).delete()
    after = log.heads("t", ["orders"])["orders"]
    assert after.cursor == 0
    assert after.epoch != before.epoch
    assert replayed("orders", 1, before.epoch) is None


def test_the_same_channel_of_another_tenant_is_another_channel(aws: None) -> None:
    log.append([event("a", tenant_id="t"), event("a", tenant_id="u"), event("b", tenant_id="u")], now=clock())
    assert replayed("orders", 0) == ["a"]
    assert log.heads("u", ["orders"])["orders"].cursor == 2


def test_a_writer_that_loses_the_race_for_a_head_reads_again(aws: None) -> None:
    """The pause between two tries is the other appender's turn: it takes numbers away three times."""
    turns = iter(["x", "y", "z"])
    log.append([event("first")], now=clock())
    rival = log.heads("t", ["orders"])["orders"]
    assert rival.cursor == 1

    pauses: list[float] = []
    reads = iter(range(3))

    def meanwhile() -> datetime:
        # `now` is asked between reading and writing: the moment in which a rival may be quicker.
        if next(reads, None) is not None:
            log.append([event(next(turns))], now=clock())
        return NOW

    (mine,) = log.append([event("mine")], now=meanwhile, pause=pauses.append)
    assert mine.cursors == {"orders": 5}
    assert len(pauses) == 3
    assert replayed("orders", 0) == ["first", "x", "y", "z", "mine"]


def test_a_writer_that_always_loses_raises_an_error(aws: None) -> None:
    ids = iter(range(100))

    def meanwhile() -> datetime:
        log.append([event(f"rival{next(ids)}")], now=clock())
        return NOW

    with pytest.raises(log.LogContended):
        log.append([event("mine")], now=meanwhile, pause=lambda _: None)
    assert "mine" not in (replayed("orders", 0) or [])
