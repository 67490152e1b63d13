"""Function `record_metrics`: one row an hour."""

from datetime import UTC, datetime

import pytest

from chalicelib import hourly
from chalicelib.models.system_metric import SystemMetric
from chalicelib.sms.stats import METRIC
from tests.api_client import ApiClient
from tests.factories import Business
from tests.world import World

pytestmark = pytest.mark.usefixtures("aws")

NOON = datetime(2026, 11, 22, 4, 37, 33, tzinfo=UTC)


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


def test_the_health_page_shows_only_lags_as_streams(api: ApiClient) -> None:
    hourly.record(NOON)
    assert api.get("/v1/health").body["streams"] == {}
