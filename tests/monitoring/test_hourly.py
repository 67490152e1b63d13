"""Function `record_metrics`: one row an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring import hourly
from chalicelib.monitoring.figures import Figures
from chalicelib.monitoring.stream_health import record_followed, slowest, slowest_of
from chalicelib.sms.stats import METRIC
from tests.api_client import ApiClient
from tests.factories import Business
from tests.world import World

# The instant in the middle of the hour; its metrics and those of the hour before.
MEASURED = {
    "2026-11-22T03:00Z": Figures(3600.0, connections=9, connected=40, messages=7200, posts=3600, errors=2),
    "2026-11-22T04:00Z": Figures(2253.0, connections=7, reconnected=3, connection_seconds=61.5),
}

pytestmark = pytest.mark.usefixtures("aws")

NOON = datetime(2026, 11, 22, 4, 37, 33, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh() -> None:
    slowest.cache_clear()


def rows() -> list[tuple[str, int, int, int]]:
    found = SystemMetric.query(hourly.METRIC)
    return [(row.at, int(row.connections or 0), int(row.sent or 0), int(row.failed or 0)) for row in found]


def test_an_hour_has_its_connections_and_the_texts_of_its_day(world: World, gas: Business) -> None:
    world.connect(gas.staff)
    world.connect(gas.admin)
    SystemMetric(METRIC, "2026-11-22", sent=7, failed=2).save()
    SystemMetric(METRIC, "2026-11-21", sent=100, failed=100).save()
    row = hourly.record(NOON)
    assert rows() == [("2026-11-22T04:00Z", 2, 7, 2)]
    assert (row.noted_at, row.expires_at) == ("2026-11-22T04:37:33.000Z", int(NOON.timestamp()) + 400 * 86_400)


def test_a_repeat_overwrites_its_hour_and_the_next_hour_has_its_own_row() -> None:
    hourly.record(NOON, count=lambda: 5)
    hourly.record(NOON.replace(minute=59), count=lambda: 6)
    hourly.record(NOON.replace(hour=5), count=lambda: 7)
    assert rows() == [("2026-11-22T04:00Z", 6, 0, 0), ("2026-11-22T05:00Z", 7, 0, 0)]


def test_the_hours_metrics_are_stored_also_of_the_hour_that_has_ended_since(api: ApiClient, gas: Business) -> None:
    hourly.record(NOON - timedelta(hours=1), count=lambda: 5, measure=lambda _: {})
    hourly.record(NOON, count=lambda: 6, measure=lambda _: MEASURED)
    before, present = api.get("/v1/health/hours", as_=gas.staff).body["items"]
    assert (before["connections"], present["connections"]) == (5, 6)
    assert {name: before["metrics"][name] for name in ("connected", "messages_per_second", "errors")} == {
        "connected": 40,
        "messages_per_second": 2.0,
        "errors": 2,
    }
    assert (before["metrics"]["seconds"], present["metrics"]["seconds"]) == (3600, 2253)
    assert (present["metrics"]["reconnected"], present["metrics"]["connection_seconds"]) == (3, 61.5)
    assert present["metrics"]["fan_out_ms"] is None


def test_an_hour_without_metrics_keeps_those_it_has(api: ApiClient, gas: Business) -> None:
    """CloudWatch does not answer, or a function of an older version runs."""
    hourly.record(NOON, count=lambda: 6, measure=lambda _: MEASURED)

    def refused(_: datetime) -> dict[str, Figures]:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricData")

    row = hourly.record(NOON.replace(minute=59), count=lambda: 8, measure=refused)
    [hour] = [
        item
        for item in api.get("/v1/health/hours", as_=gas.staff).body["items"]
        if item["at"] == row.at.replace("Z", ":00Z")
    ]
    assert (hour["connections"], hour["metrics"]["reconnected"]) == (8, 3)


def test_metrics_that_cannot_be_read_hide_no_hour(api: ApiClient, gas: Business) -> None:
    hourly.record(NOON, count=lambda: 6, measure=lambda _: {})
    SystemMetric(hourly.METRIC, "2026-11-22T04:00Z").update([SystemMetric.figures.set("{")])
    [hour] = api.get("/v1/health/hours", as_=gas.staff).body["items"]
    assert (hour["connections"], hour["metrics"]) == (6, None)


def test_an_hour_has_the_slowest_batch_of_every_stream(api: ApiClient, gas: Business) -> None:
    for table, seconds, minute in (("orders", 2, 1), ("orders", 7, 2), ("orders", 1, 3), ("routes", 3, 4)):
        moment = NOON.replace(minute=minute)
        record_followed(table, moment - timedelta(seconds=seconds), moment)
    record_followed("orders", NOON, NOON + timedelta(hours=1))
    hourly.record(NOON, count=lambda: 0, measure=lambda _: MEASURED)
    before, present = api.get("/v1/health/hours", as_=gas.staff).body["items"]
    assert present["metrics"]["stream_lag_ms"] == {"orders": 7000, "routes": 3000}
    assert before["metrics"]["stream_lag_ms"] == {}


def test_of_two_processes_the_slower_batch_counts(aws: None) -> None:
    for seconds in (5, 2):
        slowest().clear()
        record_followed("orders", NOON - timedelta(seconds=seconds), NOON)
    assert slowest_of("2026-11-22T04:00Z") == {"orders": 5000}


def test_the_health_page_shows_only_lags_as_streams(api: ApiClient, gas: Business) -> None:
    hourly.record(NOON)
    assert api.get("/v1/health", as_=gas.staff).body["streams"] == {}
