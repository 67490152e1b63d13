"""The state of a process about slow connections and posts to hand over."""

from datetime import UTC, datetime, timedelta

from chalicelib.realtime.backlog import Backlog
from chalicelib.realtime.posts import Post
from chalicelib.realtime.slow import SlowConnections

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def seconds(self) -> float:
        return self.passed


def test_a_connection_that_timed_out_is_slow_for_a_while_and_then_tried_directly() -> None:
    clock = Clock()
    slow = SlowConnections(clock.now)
    slow.mark("a")
    assert (slow.since("a"), slow.since("b")) == (START_MS, None)
    clock.passed = 19
    assert slow.since("a") == START_MS
    clock.passed = 20
    assert slow.since("a") is None


def test_a_connection_that_times_out_again_is_slow_since_the_first_time() -> None:
    clock = Clock()
    slow = SlowConnections(clock.now)
    for clock.passed in (0, 20, 45, 90):
        slow.mark("a")
    assert slow.since("a") == START_MS


def test_a_timeout_long_after_the_last_one_is_counted_as_the_first() -> None:
    clock = Clock()
    slow = SlowConnections(clock.now)
    slow.mark("a")
    clock.passed = 3_600
    slow.mark("a")
    assert slow.since("a") == START_MS + 3_600_000


def test_a_connection_that_answers_is_not_slow_any_more() -> None:
    slow = SlowConnections(Clock().now)
    slow.mark("a")
    slow.clear("a")
    assert slow.since("a") is None


def test_only_so_many_slow_connections_are_remembered() -> None:
    slow = SlowConnections(Clock().now)
    for n in range(10_001):
        slow.mark(f"c{n}")
    assert (slow.since("c0"), slow.since("c1"), slow.since("c10000")) == (None, START_MS, START_MS)


def post(connection_id: str, *payloads: bytes) -> Post:
    return Post(connection_id, payloads, 0)


def test_undelivered_posts_are_handed_over_at_once_and_then_once_a_second_per_tenant() -> None:
    clock = Clock()
    backlog = Backlog(clock.seconds)
    backlog.add("t", [post("a", b"1")], ["c-1"])
    (first,) = backlog.pop_due()
    assert (first.tenant_id, list(first.posts.values()), first.correlation_ids) == (
        "t",
        [post("a", b"1")],
        {"c-1"},
    )
    backlog.add("t", [post("a", b"2"), post("b", b"2")], ["c-2"])
    backlog.add("u", [post("c", b"2")], ["c-2"])
    assert [each.tenant_id for each in backlog.pop_due()] == ["u"]
    clock.passed = 0.5
    backlog.add("t", [post("a", b"3", b"4")], ["c-3"])
    assert backlog.pop_due() == []
    clock.passed = 1.0
    (second,) = backlog.pop_due()
    assert list(second.posts.values()) == [post("a", b"2", b"3", b"4"), post("b", b"2")]
    assert second.correlation_ids == {"c-2", "c-3"}


def test_a_connection_that_is_left_out_for_long_keeps_its_newest_payloads() -> None:
    clock = Clock()
    backlog = Backlog(clock.seconds)
    backlog.add("t", [post("b", b"first")], ["c"])
    assert len(backlog.pop_due()) == 1
    for n in range(70):
        backlog.add("t", [post("a", b"%d" % n)], ["c"])
    clock.passed = 1.0
    (due,) = backlog.pop_due()
    assert due.posts["a"].payloads == tuple(b"%d" % n for n in range(6, 70))


def test_posts_that_lambda_did_not_accept_need_not_wait_a_second() -> None:
    backlog = Backlog(Clock().seconds)
    for number in (b"1", b"2"):
        backlog.add("t", [post("a", number)], ["c"])
        (due,) = backlog.pop_due()
        assert due.posts["a"].payloads == (number,)
        backlog.not_accepted("t")
