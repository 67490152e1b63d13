"""Frontends of the old guides connect with only another host: their paths exist here too."""

import json

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

# path, role, kind of business, and the welcome of its format.
SOCKETS = [
    ("/api", "office_staff", "delivery", "connected"),
    ("/api/v1/websocket/ws", "customer", "delivery", "connection"),
    ("/api/v1/websocket/ws/driver", "driver", "delivery", "connection"),
    ("/api/v1/websocket/ws/office", "office_staff", "delivery", "connection"),
    ("/api/v1/websocket/ws/office/", "admin", "delivery", "connection"),
    ("/api/v1/websocket-simple/ws", "office_staff", "delivery", "connected"),
    ("/ws", "office_staff", "table", "connected"),
    ("/api/ws/orders/live", "office_staff", "table", "connection_established"),
]


def address(stack: LocalStack, path: str) -> str:
    return str(stack.info["websocket_url"]).removesuffix("/api") + path


def page(stack: LocalStack, path: str) -> str:
    return str(stack.info["rest_url"]).removesuffix("/api") + path


def refusal(url: str) -> int:
    with pytest.raises(InvalidStatus) as refused, connect(url):
        pass
    return int(refused.value.response.status_code)


@pytest.mark.parametrize(("path", "role", "kind", "welcome"), SOCKETS, ids=[row[0] for row in SOCKETS])
def test_each_websocket_path_speaks_its_format(
    stack: LocalStack, path: str, role: str, kind: str, welcome: str
) -> None:
    token = Client(stack, role, kind).tokens["access_token"]
    with connect(f"{address(stack, path)}?token={token}", open_timeout=SECONDS) as socket:
        assert json.loads(socket.recv(timeout=SECONDS))["type"] == welcome


def test_a_display_connects_by_the_path_with_its_token(stack: LocalStack) -> None:
    answer = Client(stack, "admin").post("/v1/display-tokens", {"name": "店面螢幕"})
    assert answer.status_code == 201, answer.text
    # The simple hook adds `/ws` to its address and sends no messages.
    with connect(address(stack, f"/display/{answer.json()['token']}/ws"), open_timeout=SECONDS) as socket:
        welcome = json.loads(socket.recv(timeout=SECONDS))
    assert (welcome["type"], welcome["data"]["role"]) == ("connected", "display")
    assert refusal(address(stack, "/display/display_nothing/ws")) == 401


def test_a_path_of_another_role_is_refused_as_client_is(stack: LocalStack) -> None:
    driver, office = (Client(stack, role).tokens["access_token"] for role in ("driver", "office_staff"))
    assert refusal(f"{address(stack, '/api')}?client=office&token={driver}") == 403
    assert refusal(f"{address(stack, '/api/v1/websocket/ws/office')}?token={driver}") == 403
    assert refusal(f"{address(stack, '/api/v1/websocket/ws/office')}?client=driver&token={driver}") == 403
    assert refusal(f"{address(stack, '/api/v1/websocket/ws/driver')}?token={office}") == 403


def test_a_path_without_a_token_and_an_unknown_path_are_refused(stack: LocalStack) -> None:
    token = Client(stack, "office_staff").tokens["access_token"]
    assert refusal(address(stack, "/ws")) == 401
    for path in ("/api/v1/orders", "/api/v1/websocket", "/api/anything", "/socket", "/api/console"):
        assert refusal(f"{address(stack, path)}?token={token}") == 403, path
    assert requests.get(page(stack, "/ws"), timeout=SECONDS).status_code == 426


def test_old_addresses_of_health_answer_as_the_new_ones(stack: LocalStack) -> None:
    as_staff = {"Authorization": f"Bearer {Client(stack, 'office_staff').tokens['access_token']}"}
    for path, members in (
        ("/health", {"status", "database"}),
        ("/health/websocket", {"status", "connections"}),
        ("/health/notifications", {"status", "sms_provider", "sent_today", "failed_today"}),
        ("/api/v1/health-simple/websocket", {"status", "connections"}),
        ("/api/v1/health-simple/health/notifications", {"status", "sms_provider"}),
    ):
        assert requests.get(page(stack, path), timeout=SECONDS).json().keys() <= {"status", "database"}, path
        answer = requests.get(page(stack, path), headers=as_staff, timeout=SECONDS)
        assert answer.status_code == 200, path
        assert members <= answer.json().keys(), path


def test_old_addresses_of_a_restaurants_connections_need_its_token(stack: LocalStack) -> None:
    token = Client(stack, "office_staff", "table").tokens["access_token"]
    for path, member in (("status", "connections"), ("connections", "items")):
        url = page(stack, f"/api/ws/orders/live/{path}")
        assert requests.get(url, timeout=SECONDS).status_code == 401
        answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)
        assert answer.status_code == 200
        assert member in answer.json()


def test_the_old_test_page_leads_to_the_consoles(stack: LocalStack) -> None:
    answer = requests.get(page(stack, "/api/v1/websocket/ws/test"), timeout=SECONDS)
    assert (answer.status_code, answer.url) == (200, page(stack, "/api/console/socket"))
    assert requests.get(page(stack, "/"), timeout=SECONDS).url == stack.info["console_url"]


def test_a_known_path_with_another_method_names_the_allowed_ones(stack: LocalStack) -> None:
    answer = requests.delete(f"{stack.info['rest_url']}/v1/orders", timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


def test_an_oauth_client_signs_in_with_a_form(stack: LocalStack) -> None:
    login = stack.login("office_staff")
    form = {"grant_type": "password", "username": login["username"], "password": login["password"]}
    answer = requests.post(f"{stack.info['rest_url']}/v1/auth/login", data=form, timeout=SECONDS)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
