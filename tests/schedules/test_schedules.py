"""The scheduled functions, called as by Lambda."""

import json
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib.core.clock import now
from tests.factories import Business, order_body
from tests.world import World

EVENT = {
    "version": "0",
    "id": "by-hand",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-24T03:00:00Z",
    "region": "ap-northeast-1",
    "resources": ["arn:aws:events:ap-northeast-1:123456789012:rule/r"],
    "detail": {},
}


def invoked(function: str, logged: Any) -> list[dict[str, Any]]:
    """What a function logs in one run."""
    with Client(app) as client:
        client.lambda_.invoke(function, EVENT)
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def test_events_of_due_orders_have_the_runs_correlation_id(world: World, gas: Business, logged: Any) -> None:
    assert gas.customer is not None
    body = {
        "customer_id": gas.customer.id,
        "items": [{"product_id": gas.products[0].id, "quantity": 1}],
        "rule": {"every_days": 30},
    }
    assert world.api.post("/v1/order-templates", body, as_=gas.staff).status == 201
    office = world.connect(gas.staff)
    lines = invoked("create_due_orders", logged)
    [made] = [line for line in lines if line["message"] == "due_order_created"]
    [done] = [line for line in lines if line["message"] == "due_orders_created"]
    assert (made["correlation_id"], done["correlation_id"], done["made"]) == ("by-hand", "by-hand", 1)
    world.deliver()
    [event] = world.received(office, "order_created")
    assert event["data"]["id"] == made["order_id"]


@pytest.mark.usefixtures("aws")
def test_the_hours_figures_are_one_line(logged: Any) -> None:
    [line] = [line for line in invoked("record_metrics", logged) if line["message"] == "hour_recorded"]
    assert (line["connections"], line["sent"], line["failed"]) == (0, 0, 0)


def test_an_overdue_order_is_notified_under_the_runs_correlation_id(
    world: World, gas: Business, logged: Any
) -> None:
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    assert world.api.post("/v1/orders", order_body(gas, scheduled_date=yesterday), as_=gas.staff).status == 201
    office = world.connect(gas.staff)
    [line] = [line for line in invoked("notify_overdue", logged) if line["message"] == "overdue_notified"]
    assert (line["correlation_id"], line["tenants"], line["notified"], line["failures"]) == ("by-hand", 1, 1, 0)
    world.deliver()
    [event] = world.received(office, "notification")
    assert event["data"]["title"] == "訂單逾時"
