"""Each request has one log line with the caller, the route and the reason of a refusal."""

import json
import re
from io import StringIO
from typing import Any

from tests.api_client import ApiClient
from tests.factories import Business


def requests_in(logged: StringIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    return [line for line in lines if line["message"] == "request_done"]


def test_a_refusal_is_logged_with_user_request_and_reason(api: ApiClient, gas: Business, logged: StringIO) -> None:
    api.get("/v1/users", as_=gas.driver_user)
    [line] = requests_in(logged)

    assert (line["user_id"], line["tenant_id"]) == (gas.driver_user.id, gas.tenant.id)
    assert (line["method"], line["route"], line["status"], line["code"]) == ("GET", "/v1/users", 403, "forbidden")
    assert line["correlation_id"]
    assert re.fullmatch("[0-9a-f]{16}", line["address"])
    assert line["timestamp"].endswith("+00:00")


def test_an_answer_is_logged_with_user_and_request(api: ApiClient, gas: Business, logged: StringIO) -> None:
    api.get("/v1/customers", as_=gas.admin, query={"q": "王"})
    [line] = requests_in(logged)

    assert (line["user_id"], line["route"], line["status"]) == (gas.admin.id, "/v1/customers", 200)
    assert "王" not in logged.getvalue()


def test_every_line_of_a_request_has_the_key_of_the_address_and_the_program(
    api: ApiClient, gas: Business, logged: StringIO
) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari Line/15.1.0 \x1b[31m"
    body = {"username": gas.staff.username, "password": "a guess"}
    api.post("/v1/auth/login", body, headers={"User-Agent": agent})
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]

    assert {line["message"] for line in lines} >= {"sign_in_refused", "request_done"}
    for line in lines:
        assert line["client"] == "LINE on iPhone"
        assert re.fullmatch("[0-9a-f]{16}", line["address"])
    assert "iPhone OS" not in logged.getvalue()
    assert "127.0.0.1" not in logged.getvalue()
