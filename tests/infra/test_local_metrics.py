"""Sending the metrics of the local stack's log lines to the emulator's CloudWatch."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import EndpointConnectionError

from infra.local.metrics import Datum, LineMetrics, publish

MINUTE = 1_795_324_020_000  # 2026-11-22T05:07:00Z


def line(milliseconds: int = MINUTE, **values: float) -> str:
    """A log line with metrics, as chalicelib/core/metrics.py makes it."""
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": "luckygas-local", "Dimensions": [[]], "Metrics": metrics}
    aws = {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
    return json.dumps({"level": "INFO", "message": "m", "_aws": aws, **values})


def put(*lines: str) -> list[tuple[str, float, list[float]]]:
    """(metric, seconds since 1970, values) of each datum."""
    metrics = LineMetrics()
    for each in lines:
        metrics.add(each)
    data = metrics.take().get("luckygas-local", [])
    return [(datum["MetricName"], datum["Timestamp"], datum["Values"]) for datum in data]


def test_values_of_a_minute_are_put_together() -> None:
    lines = [
        line(MINUTE + 1, FanOutMs=5, FanOutSent=2),
        line(MINUTE + 59_999, FanOutMs=7),
        line(MINUTE + 60_000, FanOutMs=9),
    ]
    assert put(*lines) == [
        ("FanOutMs", MINUTE / 1000, [5.0, 7.0]),
        ("FanOutSent", MINUTE / 1000, [2.0]),
        ("FanOutMs", MINUTE / 1000 + 60, [9.0]),
    ]


def test_a_datum_has_as_many_values_as_cloudwatch_takes() -> None:
    sizes = [len(values) for _, _, values in put(*(line(Messages=1) for _ in range(400)))]
    assert sizes == [150, 150, 100]


def test_lines_without_metrics_and_broken_ones_are_passed_over() -> None:
    broken = line(Messages=1)[:-1]
    assert put("START", "{}", broken, '{"_aws": 1}', '{"_aws": {"CloudWatchMetrics": [{}], "Timestamp": 1}}') == []


def test_nothing_is_put_twice() -> None:
    metrics = LineMetrics()
    metrics.add(line(Messages=1))
    assert metrics.take()
    assert metrics.take() == {}


def test_the_hour_is_recorded_after_each_put_and_an_emulator_that_stumbles_ends_nothing(capfd: Any) -> None:
    metrics, happened = LineMetrics(), []

    def stored(namespace: str, data: Sequence[Datum]) -> None:
        happened.append(f"{namespace} {len(data)}")
        if len(happened) == 1:
            raise EndpointConnectionError(endpoint_url="http://emulator")

    async def scenario() -> None:
        done = asyncio.Event()

        def record() -> None:
            happened.append("record")
            loop.call_soon_threadsafe(done.set)

        loop = asyncio.get_running_loop()
        metrics.add(line(Messages=1))
        task = asyncio.create_task(publish(metrics, put=stored, record=record, pause=0))
        while len(happened) < 1:
            await asyncio.sleep(0)
        metrics.add(line(Messages=1, Connected=1))
        await done.wait()
        task.cancel()

    asyncio.run(scenario())
    assert happened == ["luckygas-local 1", "luckygas-local 2", "record"]
