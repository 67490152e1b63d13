"""`make logs`: the requested lines of all functions, once and in order."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from infra.ops.instants import instant
from infra.ops.logs import LogLine, Reader, any_of, at_least, each_alone, of_order, pause_after
from infra.ops.stage import Refused
from tests.aws_in_process import empty_moto

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ORDER = "01KB0000000000000000000001"


@pytest.fixture
def logs() -> Iterator[Any]:
    with empty_moto():
        yield boto3.client("logs")


def wrote(logs: Any, function: str, *lines: dict[str, Any] | str) -> None:
    group = f"/aws/lambda/luckygas-dev-{function}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    log_lines(logs, function, *lines)


def log_lines(logs: Any, function: str, *lines: dict[str, Any] | str) -> None:
    group = f"/aws/lambda/luckygas-dev-{function}"
    began = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    events = [{"timestamp": began + n, "message": text} for n, text in enumerate(texts)]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def messages(lines: list[LogLine]) -> list[tuple[str, str]]:
    return [(line.function, json.loads(line.text)["message"]) for line in lines]


def test_a_line_is_read_once_and_all_functions_are_read(logs: Any) -> None:
    wrote(logs, "APIHandler", {"message": "request_done"})
    wrote(logs, "OrdersStream", {"message": "fan_out_done"}, {"message": "stream_batch_done"})
    reader = Reader(logs, "dev")
    assert len(reader.new_lines(0)) == 3
    assert reader.new_lines(0) == []


@pytest.mark.parametrize("name", ["OrdersStream", "orders_stream"])
def test_one_functions_lines_by_either_of_its_names(logs: Any, name: str) -> None:
    wrote(logs, "APIHandler", {"message": "request_done"})
    wrote(logs, "OrdersStream", {"message": "fan_out_done"})
    assert messages(Reader(logs, "dev", functions=[name]).new_lines(0)) == [("OrdersStream", "fan_out_done")]


def test_an_unknown_function_is_refused_with_a_list_of_the_existing_ones(logs: Any) -> None:
    wrote(logs, "APIHandler", {"message": "request_done"})
    with pytest.raises(Refused, match="no function typo; there are APIHandler"):
        Reader(logs, "dev", functions=["typo"])


def test_an_orders_lines_are_those_that_name_it_and_all_of_their_requests(logs: Any) -> None:
    wrote(
        logs,
        "APIHandler",
        {"message": "request_done", "correlation_id": "c-1"},
        {"message": "request_done", "correlation_id": "another"},
    )
    wrote(
        logs,
        "OrdersStream",
        {"message": "fan_out_done", "correlation_id": "c-1", "event_id": f"{ORDER}-1"},
        {"message": "stream_batch_done", "correlation_id": "several"},
    )
    wrote(logs, "SendSms", {"message": "sms_batch_done", "correlation_ids": ["c-1", "c-2"]})
    found = messages(of_order(Reader(logs, "dev"), ORDER, 0))
    assert sorted(found) == [
        ("APIHandler", "request_done"),
        ("OrdersStream", "fan_out_done"),
        ("SendSms", "sms_batch_done"),
    ]


def test_later_lines_of_an_orders_requests_are_shown_while_following(logs: Any) -> None:
    wrote(logs, "APIHandler", {"message": "request_done", "correlation_id": "c-1", "order_id": ORDER})
    wrote(logs, "SendSms", {"message": "sms_batch_done", "correlation_ids": ["c-2"]})
    reader = Reader(logs, "dev")
    assert len(of_order(reader, ORDER, 0)) == 1
    log_lines(
        logs,
        "SendSms",
        {"message": "sms_batch_done", "correlation_ids": ["c-1", "c-2"]},
        {"message": "sms_batch_done", "correlation_ids": ["c-2"]},
    )
    assert messages(of_order(reader, ORDER, 0)) == [("SendSms", "sms_batch_done")], "c-2 is another order's"


def test_an_order_takes_two_calls_a_group_however_many_requests_it_had(logs: Any) -> None:
    lines = [{"message": "m", "correlation_id": f"c-{n}", "order_id": ORDER} for n in range(30)]
    for function in ("APIHandler", "OrdersStream", "SendSms"):
        wrote(logs, function, *lines)
    reader = Reader(logs, "dev")
    assert len(of_order(reader, ORDER, 0)) == 90
    assert reader.calls == 6


def test_terms_are_asked_for_together_up_to_the_longest_pattern() -> None:
    assert any_of([]) == [""]
    assert any_of(["a"]) == ['"a"']
    assert any_of(["a", "b"]) == ['?"a" ?"b"']
    patterns = any_of([f"{n:0>64}" for n in range(20)])
    assert len(patterns) == 2
    assert all(len(each) <= 1024 for each in patterns)
    assert " ".join(patterns).count("?") == 20
    assert each_alone(["a", "b"]) == ['"a"', '"b"']


def test_following_all_logs_stays_below_cloudwatchs_quota() -> None:
    assert pause_after(1, "prod") == 2
    assert 38 / pause_after(38, "prod") < 5
    assert pause_after(38, "local") == 2


def test_a_level_means_itself_and_graver_ones_and_never_hides_a_traceback() -> None:
    is_shown = at_least("WARNING")
    lines = [json.dumps({"level": level}) for level in ("DEBUG", "INFO", "WARNING", "ERROR")]
    shown = [is_shown(LogLine(0, "F", text)) for text in [*lines, "Traceback (most recent call last):"]]
    assert shown == [False, False, True, True, True]


def test_since_is_a_span_or_an_instant() -> None:
    assert instant("90s", NOW) == NOW - timedelta(seconds=90)
    assert instant("2h", NOW) == NOW - timedelta(hours=2)
    assert instant("2026-11-25T08:00:00Z", NOW) == instant("2026-11-25T08:00:00", NOW) == NOW - timedelta(hours=1)
    with pytest.raises(Refused, match="not yesterday"):
        instant("yesterday", NOW)
