"""The stack itself: what `make run` starts, shows and leaves behind."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from infra.local.ports import free_port
from infra.packaging import ROOT
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def processes_of(directory: Path) -> list[str]:
    """Processes that work inside a directory: a function's does so in its unpacked code."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str((process / "cwd").readlink()).startswith(str(directory)):
                found.append(process.name)
    return found


def test_stack_json_says_where_everything_is(stack: LocalStack) -> None:
    info = json.loads((stack.directory / "stack.json").read_text())
    expected = {"rest_url", "websocket_url", "console_url", "sms_inbox_url", "emulator_url", "logins", "pid"}
    assert expected <= set(info)
    assert info["pid"] == stack.process.pid
    console = requests.get(info["console_url"], timeout=10)
    assert (console.status_code, console.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert requests.get(f"{info['sms_inbox_url']}/health", timeout=10).json() == {"status": "ok"}


def test_todays_routes_wait_for_their_drivers_and_nobody_was_told(stack: LocalStack) -> None:
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
    told = office.get("/v1/events", channel="routes", since=0).json()["items"]
    assert [event for event in told if event["data"]["route_id"] in seeded] == []


def test_a_cylinder_weighs_more_than_its_gas(stack: LocalStack) -> None:
    products = Client(stack, "office_staff").get("/v1/products", q="瓦斯桶").json()["items"]
    kilograms = {float(row["name"].partition("公斤")[0]): float(row["weight"]) for row in products}
    assert len(kilograms) == 4
    assert all(gas < whole < 3 * gas for gas, whole in kilograms.items())


def test_a_request_that_no_route_takes_is_a_problem_document(stack: LocalStack) -> None:
    answer = requests.get(f"{stack.info['rest_url']}/v1/nowhere", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_browser_of_another_origin_may_ask(stack: LocalStack) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{stack.info['rest_url']}/v1/orders", headers=headers, timeout=10)
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
    requests.get(f"{stack.info['rest_url']}/v1/health", headers=headers, timeout=10)
    assert eventually(lambda: "APIHandler          INFO    shown-in-the-log-view" in stack.output.read_text())


def test_the_tests_environment_reads_the_stacks_tables(stack: LocalStack) -> None:
    settings = stack.environment
    dynamodb = boto3.Session(
        settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], region_name=settings["AWS_REGION"]
    ).client("dynamodb", endpoint_url=settings["AWS_ENDPOINT_URL"])
    assert settings["TABLE_PREFIX"] + "orders" in dynamodb.list_tables()["TableNames"]


def test_a_second_stack_runs_beside_and_leaves_nothing_when_killed(stack: LocalStack, tmp_path: Path) -> None:
    other = LocalStack.start(tmp_path / "other")
    try:
        assert requests.get(f"{other.info['rest_url']}/v1/health", timeout=10).ok
        assert requests.get(f"{stack.info['rest_url']}/v1/health", timeout=10).ok
        assert processes_of(other.directory)
        os.kill(other.process.pid, signal.SIGKILL)
        other.process.wait()
        assert eventually(lambda: not processes_of(other.directory))
        with pytest.raises(requests.ConnectionError):
            requests.get(other.info["emulator_url"], timeout=10)
    finally:
        other.stop()


def test_ctrl_c_ends_everything_and_removes_stack_json(tmp_path: Path) -> None:
    other = LocalStack.start(tmp_path / "other")
    try:
        requests.get(f"{other.info['rest_url']}/v1/health", timeout=10)
    finally:
        other.stop()
    assert other.process.returncode == 0
    assert not (other.directory / "stack.json").exists()
    assert not processes_of(other.directory)


def test_a_taken_port_is_one_clear_line(stack: LocalStack, tmp_path: Path) -> None:
    port = stack.info["rest_url"].removesuffix("/api").rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.stack"],
        cwd=ROOT,
        env={**os.environ, "PORT": port, "EMULATOR_PORT": str(free_port()), "LOCAL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert f"Port {port} is taken. Choose another one: PORT=" in done.stderr
    assert len(done.stderr.splitlines()) == 1
