"""The metrics of an hour, aggregated by CloudWatch."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib.core import aws as clients
from chalicelib.core.metrics import UNITS
from chalicelib.monitoring.figures import Figures, metrics_of_hours

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 11, 22, 4, 15, tzinfo=UTC)
BEFORE, PRESENT = datetime(2026, 11, 22, 3, tzinfo=UTC), datetime(2026, 11, 22, 4, tzinfo=UTC)


def figures_of(values: dict[str, dict[datetime, float]]) -> tuple[dict[str, Figures], dict[str, Any]]:
    """What CloudWatch's answers come to, and the request. values: by the query's id, and hour."""
    client = clients.client("cloudwatch")
    requests: list[dict[str, Any]] = []
    results = [
        {"Id": name, "Timestamps": list(found), "Values": list(found.values())} for name, found in values.items()
    ]

    def note(params: dict[str, Any], **_: Any) -> None:
        requests.append(params)

    client.meta.events.register("before-parameter-build.cloudwatch", note)
    try:
        with Stubber(client) as stubber:
            stubber.add_response("get_metric_data", {"MetricDataResults": results})
            return metrics_of_hours(NOW), requests[0]
    finally:
        client.meta.events.unregister("before-parameter-build.cloudwatch", note)


def test_an_hour_and_the_beginning_of_the_next_are_apart() -> None:
    found, _ = figures_of(
        {
            "connections_0": {BEFORE: 30.0, PRESENT: 31.0},
            "connected_0": {BEFORE: 12.0},
            "messages_0": {BEFORE: 7200.0, PRESENT: 450.0},
            "connection_seconds_0": {BEFORE: 3599.96},
            "posts_0": {BEFORE: 90.0},
            "fan_out_size_0": {BEFORE: 4.5},
            "fan_out_ms_0": {BEFORE: 41.23},
            "fan_out_slowest_ms_0": {BEFORE: 900.0},
        }
    )
    assert found == {
        "2026-11-22T03:00Z": Figures(
            3600.0,
            connections=30,
            connected=12,
            messages=7200,
            posts=90,
            connection_seconds=3600.0,
            fan_out_size=4.5,
            fan_out_ms=41.2,
            fan_out_slowest_ms=900.0,
        ),
        "2026-11-22T04:00Z": Figures(900.0, connections=31, messages=450),
    }
    assert found["2026-11-22T03:00Z"].per_second(7200) == 2.0
    assert found["2026-11-22T04:00Z"].per_second(450) == 0.5


def test_failures_of_all_kinds_are_added_up() -> None:
    found, _ = figures_of({f"errors_{n}": {PRESENT: 2.0} for n in range(4)})
    assert found["2026-11-22T04:00Z"].errors == 8


def test_an_hour_without_any_metric_has_no_figures() -> None:
    found, _ = figures_of({})
    assert found == {}


def test_rates_are_of_the_minutes_that_were_measured() -> None:
    """The stack was started, or the sweep stood still, in the middle of the hour."""
    found, _ = figures_of(
        {"messages_0": {BEFORE: 600.0, PRESENT: 600.0}, "minutes_0": {BEFORE: 5.0, PRESENT: 16.0}}
    )
    seconds = {hour: (figures.seconds, figures.per_second(figures.messages)) for hour, figures in found.items()}
    assert seconds == {"2026-11-22T03:00Z": (300.0, 2.0), "2026-11-22T04:00Z": (900.0, 0.667)}


def test_cloudwatch_is_asked_once_for_metrics_that_there_are() -> None:
    _, request = figures_of({})
    assert (request["StartTime"], request["EndTime"]) == (BEFORE, NOW)
    queries = [query["MetricStat"] for query in request["MetricDataQueries"]]
    assert {query["Metric"]["MetricName"] for query in queries} <= set(UNITS)
    assert {(query["Metric"]["Namespace"], query["Period"]) for query in queries} == {("luckygas-local", 3600)}
    # Each is paid for: docs/cost.md.
    assert len(queries) == 15
