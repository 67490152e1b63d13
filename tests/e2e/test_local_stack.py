"""The stack that `make run` starts, and its output."""

import asyncio
import json

import boto3
import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.e2e.client import Client
from tests.e2e.processes import eventually
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS


def test_stack_json_has_all_addresses(stack: LocalStack) -> None:
    info = json.loads((stack.directory / "stack.json").read_text())
    expected = {"rest_url", "websocket_url", "console_url", "sms_inbox_url", "emulator_url", "logins", "pid"}
    assert expected <= set(info)
    assert info["pid"] == stack.process.pid
    console = requests.get(info["console_url"], timeout=SECONDS)
    assert (console.status_code, console.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert requests.get(f"{info['sms_inbox_url']}/health", timeout=SECONDS).json() == {"status": "ok"}


def test_todays_routes_wait_for_their_drivers_and_sent_no_events(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    expected = {"大安中正": ("assigned", 4), "信義松山": ("assigned", 4), "中山大同": ("planned", 5)}
    routes = [route for route in office.get("/v1/routes").json()["items"] if route["name"] in expected]
    assert {route["name"]: (route["status"], route["total_stops"]) for route in routes} == expected
    for route in routes:
        assert route["depot"]
        assert all(stop["planned_at"] for stop in route["stops"])
        orders = [stop["order"] for stop in office.get(f"/v1/routes/{route['id']}").json()["stops"]]
        assert {order["status"] for order in orders} == {"confirmed" if route["driver_id"] is None else "assigned"}
        assert all(order["location"] for order in orders)
        for order in orders:
            assert office.get("/v1/notifications", order_id=order["id"]).json()["items"] == []
    seeded = {route["id"] for route in routes}
    received = office.get("/v1/events", channel="routes", since=0).json()["items"]
    assert [event for event in received if event["data"]["route_id"] in seeded] == []


def test_a_cylinder_weighs_more_than_its_gas(stack: LocalStack) -> None:
    products = Client(stack, "office_staff").get("/v1/products", q="瓦斯桶").json()["items"]
    kilograms = {float(row["name"].partition("公斤")[0]): float(row["weight"]) for row in products}
    assert len(kilograms) == 4
    assert all(gas < whole < 3 * gas for gas, whole in kilograms.items())


def test_a_request_that_no_route_takes_is_a_problem_document(stack: LocalStack) -> None:
    answer = requests.get(f"{stack.info['rest_url']}/v1/nowhere", timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_browser_of_another_origin_may_ask(stack: LocalStack) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{stack.info['rest_url']}/v1/orders", headers=headers, timeout=SECONDS)
    assert answer.ok
    assert answer.headers["Access-Control-Allow-Origin"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_websocket_without_a_token_is_refused_with_401(stack: LocalStack) -> None:
    async def refused() -> int:
        with pytest.raises(InvalidStatus) as refusal:
            async with connect(stack.info["websocket_url"]):
                pass
        return refusal.value.response.status_code

    assert asyncio.run(refused()) == 401


def test_the_functions_logs_are_shown_with_their_correlation_id(stack: LocalStack) -> None:
    headers = {"X-Correlation-Id": "shown-in-the-log-view"}
    requests.get(f"{stack.info['rest_url']}/v1/health", headers=headers, timeout=SECONDS)
    assert eventually(lambda: "APIHandler          INFO    shown-in-the-log-view" in stack.output.read_text())


def test_the_tests_environment_reads_the_stacks_tables(stack: LocalStack) -> None:
    settings = stack.environment
    dynamodb = boto3.Session(
        settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], region_name=settings["AWS_REGION"]
    ).client("dynamodb", endpoint_url=settings["AWS_ENDPOINT_URL"])
    assert settings["TABLE_PREFIX"] + "orders" in dynamodb.list_tables()["TableNames"]
