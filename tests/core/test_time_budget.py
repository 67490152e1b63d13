"""A request fails within eight seconds if the database does not answer, and waits for one that is only slow."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.aws import (
    NoAnswerInTime,
    client,
    config_of,
    count_losses,
    has_time_budget,
    new_client,
    time_budget,
)
from tests.aws_in_process import whole_way
from tests.calls import listening
from tests.factories import Business
from tests.lost_answers import ATTEMPTS, RETRIES
from tests.world import World

LIMIT = 8.0
# The longest attempt: to connect, and to wait for the answer.
_CONFIG = config_of("dynamodb")
LONGEST = _CONFIG.connect_timeout + _CONFIG.read_timeout

# An attempt: how long it takes, and whether it is answered.
Attempt = tuple[float, bool]


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def network(clock: Clock, attempts: Iterator[Attempt]) -> Iterator[list[Attempt]]:
    """DynamoDB's attempts last and end as `attempts` says, with botocore's longest pauses; yields those made."""
    made: list[Attempt] = []
    number: dict[int, int] = {}

    def pause(request: Any, **_: Any) -> None:
        call = id(request.context)
        number[call] = number.get(call, 0) + 1
        if number[call] > 1:
            # The longest possible value; it is shorter than its bound.
            clock.now += 0.99 * 2 ** (number[call] - 2)

    def attempt(request: Any, **_: Any) -> AWSResponse | None:
        seconds, answered = next(attempts)
        made.append((seconds, answered))
        clock.now += seconds
        if not answered:
            raise ReadTimeoutError(endpoint_url=request.url)
        return None

    def skip_pause(caught_exception: Exception | None, attempts: int, **_: Any) -> float | None:
        return 0.0 if caught_exception is not None and attempts < ATTEMPTS else None

    listeners: list[tuple[str, Callable[..., Any]]] = [
        ("request-created", pause),
        ("before-send", attempt),
        (RETRIES.format("dynamodb"), skip_pause),
    ]
    with whole_way(client("dynamodb")) as events:
        for event, listener in listeners:
            events.register_first(event, listener)
        try:
            yield made
        finally:
            for event, listener in listeners:
                events.unregister(event, listener)


def ask() -> None:
    client("dynamodb").list_tables()


def test_a_request_to_a_database_that_hangs_fails_after_a_second_attempt(aws: None) -> None:
    clock = Clock()
    with (
        network(clock, iter([(3.0, False)] * 9)) as made,
        time_budget(clock=clock),
        pytest.raises(NoAnswerInTime),
    ):
        ask()
    assert clock.now <= LIMIT
    assert len(made) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(st.floats(0, LONGEST), st.booleans()), max_size=30))
def test_no_request_loses_more_time_with_any_failing_calls(aws: None, attempts: list[Attempt]) -> None:
    clock = Clock()
    answered_in = 0.0
    with network(clock, iter([*attempts, (0.0, True)])) as made, time_budget(clock=clock):
        try:
            while len(made) <= len(attempts):
                ask()
        except (NoAnswerInTime, ReadTimeoutError):
            pass
        answered_in = sum(seconds for seconds, answered in made if answered)
    assert clock.now - answered_in <= LIMIT


def test_a_database_that_is_only_slow_is_waited_for(aws: None) -> None:
    clock = Clock()
    with network(clock, iter([(2.9, True)] * 20)) as made, time_budget(clock=clock):
        for _ in range(20):
            ask()
    assert len(made) == 20


def test_without_a_request_each_call_has_all_its_attempts(aws: None) -> None:
    clock = Clock()
    with network(clock, iter([(3.0, False)] * 9)) as made, pytest.raises(ReadTimeoutError):
        ask()
    assert len(made) == ATTEMPTS


def test_a_server_that_accepts_and_never_answers_times_out(aws: None) -> None:
    config = Config(connect_timeout=1, read_timeout=0.05, retries={"mode": "standard", "total_max_attempts": 50})
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        silent = new_client("dynamodb", config, f"http://127.0.0.1:{port}")
        count_losses(silent)
        silent.meta.events.register_first(
            RETRIES.format("dynamodb"), lambda attempts, **_: 0.0 if attempts < 50 else None
        )
        with time_budget(0.1), pytest.raises(NoAnswerInTime):
            silent.list_tables()


def test_all_calls_of_requests_and_of_sockets_share_a_time_budget(world: World, gas: Business) -> None:
    limited: list[bool] = []

    def look(**_: Any) -> None:
        limited.append(has_time_budget())

    token = world.api.token(gas.staff)
    with listening("before-call", look):
        world.api.get("/v1/orders", as_=gas.staff)
        world.api.post("/v1/customers", {"name": "N"}, as_=gas.staff)
        office = world.connect_with(token)
        world.send(office, {"type": "heartbeat"})
        world.disconnect(office)
    assert limited
    assert all(limited)
    assert not has_time_budget()
