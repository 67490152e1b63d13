"""The lag of streams is right while one is blocked, and after it has caught up."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring.stream_health import (
    StreamState,
    clear_pending,
    measured_at,
    record_followed,
    record_pending,
    record_sources,
    slowest,
    stream_states,
)
from tests.fake_lambda import FakeLambda

NOON = now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def fresh(aws: None) -> None:
    measured_at.cache_clear()
    slowest.cache_clear()


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def state(seconds: float, table: str = "routes") -> StreamState:
    return stream_states(at(seconds))[table]


def source(table: str, **values: Any) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/luckygas-test-{table}/stream/2026"
    return {"EventSourceArn": arn, "State": "Enabled", "LastProcessingResult": "OK", **values}


def test_a_stream_that_is_followed_is_not_behind() -> None:
    record_followed("routes", at(0), at(0.25))
    assert (state(1).lag_ms, state(1).is_behind) == (250, False)


def test_a_batch_that_is_never_finished_ages_until_it_is() -> None:
    record_pending("routes", "7", at(0), at(6))
    assert (state(30).lag_ms, state(30).is_behind) == (30_000, False)
    assert (state(61).lag_ms, state(61).is_behind) == (61_000, True)
    clear_pending("routes", "7", at(0), at(70))
    record_followed("routes", at(70), at(70))
    assert not state(70).is_behind


def test_the_oldest_of_several_batches_that_wait_counts() -> None:
    for number, written in (("1", 50), ("2", 0)):
        record_pending("routes", number, at(written), at(written + 10))
    assert state(65).lag_ms == 65_000


def test_a_young_batch_is_not_noted_and_costs_nothing() -> None:
    record_pending("routes", "7", at(0), at(4.9))
    assert SystemMetric.count("stream_pending") == 0


def test_a_batch_that_lambda_has_dropped_no_longer_counts_as_waiting() -> None:
    record_pending("routes", "7", at(0), at(10))
    assert state(3_590).is_behind
    assert "routes" not in stream_states(at(3_601))


def test_a_lag_of_a_minute_is_taken_back_by_the_next_batch_within_ten_seconds() -> None:
    record_followed("routes", at(0), at(90))
    assert state(90).is_behind
    record_followed("routes", at(92), at(92))
    assert not state(92).is_behind


def test_an_old_lag_is_ignored() -> None:
    record_followed("routes", at(0), at(90))
    assert state(149).is_behind
    assert not state(151).is_behind


def test_a_stopped_source_counts_as_behind_although_no_function_runs(functions: FakeLambda) -> None:
    functions.sources = [source("routes", State="Disabled"), source("orders")]
    record_sources(at(0))
    assert (state(1).source.state, state(1).is_behind) == ("stopped", True)
    assert not state(1, "orders").is_behind
    functions.sources = [source("routes"), source("orders")]
    record_sources(at(60))
    assert (state(61).source.state, state(61).is_behind) == ("ok", False)


def test_a_source_that_fails_at_two_looks_a_minute_apart_is_behind(functions: FakeLambda) -> None:
    functions.sources = [source("routes", LastProcessingResult="PROBLEM: Function call failed")]
    record_sources(at(0))
    assert (state(1).source.state, state(1).is_behind) == ("failing", False)
    record_sources(at(60))
    assert state(60).is_behind


def test_other_stages_and_queues_are_left_out(functions: FakeLambda) -> None:
    functions.sources = [
        {"EventSourceArn": "arn:aws:sqs:ap-northeast-1:123456789012:luckygas-test-sms", "State": "Disabled"},
        {
            "EventSourceArn": "arn:aws:dynamodb:ap-northeast-1:1:table/luckygas-prod-orders/stream/2026",
            "State": "Disabled",
        },
        {"State": "Enabled"},
        source("driver_positions"),
    ]
    assert set(record_sources(at(0))) == {"driver_positions"}


def test_without_lambdas_answer_a_source_is_unknown_after_five_minutes_and_degrades_nothing(
    functions: FakeLambda,
) -> None:
    functions.sources = [source("routes", State="Disabled")]
    record_sources(at(0))
    functions.refusing = True
    assert record_sources(at(60)) == {}
    assert state(299).is_behind
    record_followed("routes", at(301), at(301))
    assert (state(301).source.state, state(301).is_behind) == ("unknown", False)


@pytest.fixture
def functions(aws: None) -> Any:
    """Lambda, as far as it is asked here."""
    with FakeLambda.running() as running:
        yield running
