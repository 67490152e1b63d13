"""`/v1/health…`: what a monitor sees, without a token."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib import aws, hourly
from chalicelib.clock import now, wire
from chalicelib.models.system_metric import SystemMetric
from chalicelib.settings import settings
from chalicelib.sms.stats import METRIC, day_of
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.world import World


def test_all_is_well_with_an_empty_system(api: ApiClient) -> None:
    answer = api.get("/v1/health")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["database"]) == ("healthy", "healthy")
    assert answer.body["queues"] == {"sms": 0, "sms_dead_letters": 0, "stream_dead_letters": 0}
    assert answer.body["versions"]["app"] == "test"


def test_the_streams_lag_shows_after_a_batch(world: World, gas: Business) -> None:
    world.api.post("/v1/orders", order_body(gas), as_=gas.staff)
    world.deliver()
    assert world.api.get("/v1/health").body["streams"]["orders"]["lag_ms"] < 60_000


def test_a_stream_far_behind_and_a_dead_letter_degrade_it(api: ApiClient) -> None:
    SystemMetric("stream_lag", "orders", lag_ms=61_000, noted_at=wire(now())).save()
    assert api.get("/v1/health").body["status"] == "degraded"
    SystemMetric("stream_lag", "orders", lag_ms=10, noted_at=wire(now())).save()
    assert api.get("/v1/health").body["status"] == "healthy"
    aws.client("sqs").send_message(QueueUrl=settings().sms_dead_letter_queue_url, MessageBody="x")
    assert api.get("/v1/health").body["status"] == "degraded"
    assert api.get("/v1/health/notifications").body["dead_letters"] == 1


def test_connections_are_counted(world: World, gas: Business) -> None:
    assert world.api.get("/v1/health/websocket").body == {"status": "healthy", "connections": 0}
    world.connect(gas.staff)
    leaving = world.connect(gas.admin)
    assert world.api.get("/v1/health/websocket").body["connections"] == 2
    world.disconnect(leaving)
    assert world.api.get("/v1/health/websocket").body["connections"] == 1


@pytest.mark.parametrize(("sent", "failed", "status"), [(3, 1, "healthy"), (1, 3, "degraded"), (0, 1, "degraded")])
def test_texts_of_the_day_are_counted(api: ApiClient, sent: int, failed: int, status: str) -> None:
    SystemMetric(METRIC, day_of(now()), sent=sent, failed=failed).save()
    body = api.get("/v1/health/notifications").body
    assert (body["sent_today"], body["failed_today"], body["status"]) == (sent, failed, status)


def test_the_latest_two_days_of_hours_are_told_oldest_first(api: ApiClient) -> None:
    assert api.get("/v1/health/hours").body == {"items": []}
    first = datetime(2026, 11, 20, tzinfo=UTC)
    for hour in range(50):
        hourly.record(first + timedelta(hours=hour), count=partial(int, hour))
    items = api.get("/v1/health/hours").body["items"]
    assert items[0] == {"at": "2026-11-20T02:00:00Z", "connections": 2, "sent": 0, "failed": 0, "metrics": None}
    assert [item["connections"] for item in items] == list(range(2, 50))
