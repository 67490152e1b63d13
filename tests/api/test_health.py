"""`/v1/health…`: the answers without a token and for staff."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import now, wire
from chalicelib.core.settings import settings
from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring import hourly
from chalicelib.sms.stats import METRIC, day_of
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.world import World


def test_all_is_well_with_an_empty_system(api: ApiClient, gas: Business) -> None:
    answer = api.get("/v1/health", as_=gas.staff)
    assert answer.status == 200
    assert (answer.body["status"], answer.body["database"]) == ("healthy", "healthy")
    assert answer.body["queues"] == {"sms": 0, "sms_dead_letters": 0, "stream_dead_letters": 0}
    assert answer.body["versions"]["app"] == "test"


@pytest.mark.parametrize("path", ["/v1/health", "/v1/health/websocket", "/v1/health/notifications"])
def test_anyone_sees_the_status_and_only_staff_figures_and_versions(
    api: ApiClient, gas: Business, path: str
) -> None:
    for login in (None, gas.driver_user, gas.customer_user):
        answer = api.get(path, as_=login)
        assert answer.status == 200
        assert set(answer.body) <= {"status", "database"}
    assert api.get(path, headers={"Authorization": "Bearer made-up"}).body == api.get(path).body
    assert set(api.get(path, as_=gas.staff).body) > set(api.get(path).body)


def test_the_hours_are_for_staff(api: ApiClient, gas: Business) -> None:
    assert [api.get("/v1/health/hours", as_=login).status for login in (None, gas.driver_user, gas.staff)] == [
        401,
        403,
        200,
    ]


def test_the_streams_lag_shows_after_a_batch(world: World, gas: Business) -> None:
    world.api.post("/v1/orders", order_body(gas), as_=gas.staff)
    world.deliver()
    assert world.api.get("/v1/health", as_=gas.staff).body["streams"]["orders"]["lag_ms"] < 60_000


def test_a_stream_far_behind_and_a_dead_letter_degrade_it(api: ApiClient, gas: Business) -> None:
    SystemMetric("stream_lag", "orders", lag_ms=61_000, noted_at=wire(now())).save()
    assert api.get("/v1/health", as_=gas.staff).body["status"] == "degraded"
    SystemMetric("stream_lag", "orders", lag_ms=10, noted_at=wire(now())).save()
    assert api.get("/v1/health", as_=gas.staff).body["status"] == "healthy"
    aws.client("sqs").send_message(QueueUrl=settings().sms_dead_letter_queue_url, MessageBody="x")
    assert api.get("/v1/health", as_=gas.staff).body["status"] == "degraded"
    assert api.get("/v1/health/notifications", as_=gas.staff).body["dead_letters"] == 1


def test_connections_are_counted(world: World, gas: Business) -> None:
    assert world.api.get("/v1/health/websocket", as_=gas.staff).body == {"status": "healthy", "connections": 0}
    world.connect(gas.staff)
    leaving = world.connect(gas.admin)
    assert world.api.get("/v1/health/websocket", as_=gas.staff).body["connections"] == 2
    world.disconnect(leaving)
    assert world.api.get("/v1/health/websocket", as_=gas.staff).body["connections"] == 1


@pytest.mark.parametrize(("sent", "failed", "status"), [(3, 1, "healthy"), (1, 3, "degraded"), (0, 1, "degraded")])
def test_texts_of_the_day_are_counted(api: ApiClient, gas: Business, sent: int, failed: int, status: str) -> None:
    SystemMetric(METRIC, day_of(now()), sent=sent, failed=failed).save()
    body = api.get("/v1/health/notifications", as_=gas.staff).body
    assert (body["sent_today"], body["failed_today"], body["status"]) == (sent, failed, status)


def test_the_last_two_days_of_hours_are_listed_oldest_first(api: ApiClient, gas: Business) -> None:
    assert api.get("/v1/health/hours", as_=gas.staff).body == {"items": []}
    first = datetime(2026, 11, 20, tzinfo=UTC)
    for hour in range(50):
        hourly.record(first + timedelta(hours=hour), count=partial(int, hour))
    items = api.get("/v1/health/hours", as_=gas.staff).body["items"]
    assert items[0] == {"at": "2026-11-20T02:00:00Z", "connections": 2, "sent": 0, "failed": 0, "metrics": None}
    assert [item["connections"] for item in items] == list(range(2, 50))
