"""Passwords chosen by an admin or the operator: which roles must change them, and refusals until then."""

import re
from typing import Any

import pytest

import app
from chalicelib.api.http import ROUTES
from chalicelib.auth.users import get_user
from chalicelib.models.user import User
from tests.api_client import ApiClient
from tests.factories import PASSWORD, Business
from tests.world import World

assert app.app.routes, "the routes are registered"

NAME = "new@example.com"
OWN = "a password of one's own"
FREE = {("GET", "/v1/auth/me"), ("POST", "/v1/auth/password"), ("POST", "/v1/auth/logout")}
GUARDED = [route for route in ROUTES if route.roles is not None and (route.method, route.path) not in FREE]


def made(api: ApiClient, gas: Business, role: str = "office_staff") -> str:
    """A user whose password an admin has chosen; the id."""
    links: dict[str, dict[str, Any]] = {
        "driver": {"driver_id": gas.driver.id},
        "customer": {"customer_id": gas.customer and gas.customer.id},
    }
    body: dict[str, Any] = {"username": NAME, "password": PASSWORD, "name": "新同事", "role": role}
    body |= links.get(role, {})
    answer = api.post("/v1/users", body, as_=gas.admin)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def signed_in(api: ApiClient, password: str = PASSWORD) -> dict[str, Any]:
    answer = api.post("/v1/auth/login", {"username": NAME, "password": password})
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def own_password(api: ApiClient, token: str) -> str:
    """Changes it; the new access token."""
    change = {"current_password": PASSWORD, "new_password": OWN}
    return str(api.post("/v1/auth/password", change, token=token).body["access_token"])


def test_an_initial_password_is_changed_before_anything_else(api: ApiClient, gas: Business) -> None:
    made(api, gas)
    first = signed_in(api)

    refused = api.get("/v1/orders", token=first["access_token"])
    assert first["user"]["password_change"] == "required"
    assert (refused.status, refused.body["code"]) == (403, "password_change_required")

    token = own_password(api, first["access_token"])
    assert api.get("/v1/orders", token=token).status == 200
    assert api.get("/v1/auth/me", token=token).body["password_change"] is None
    assert signed_in(api, OWN)["user"]["password_change"] is None


def test_all_other_endpoints_refuse_until_then(api: ApiClient, gas: Business) -> None:
    gas.staff.update([User.password_initial.set(True)])

    answers = {
        f"{route.method} {route.path}": api.call(route.method, re.sub("[{}]", "", route.path), {}, as_=gas.staff)
        for route in GUARDED
    }

    assert {(each.status, each.body["code"]) for each in answers.values()} == {(403, "password_change_required")}


def test_until_then_a_refreshed_token_opens_no_more(api: ApiClient, gas: Business) -> None:
    made(api, gas)
    pair = signed_in(api)

    fresh = api.post("/v1/auth/refresh", {"refresh_token": pair["refresh_token"]}).body

    assert api.get("/v1/orders", token=fresh["access_token"]).status == 403
    assert api.post("/v1/auth/logout", token=fresh["access_token"]).status == 204


def test_until_then_there_is_no_socket(world: World, gas: Business) -> None:
    made(world.api, gas)
    token = signed_in(world.api)["access_token"]

    assert world.handshake("first=", token=token)["statusCode"] == 403

    office = world.connect(gas.staff)
    world.send(office, {"type": "authenticate", "token": token})
    [error] = world.received(office, "error")
    assert error["code"] == "password_change_required"
    assert world.handshake("second=", token=own_password(world.api, token))["statusCode"] == 200


@pytest.mark.parametrize("role", ["driver", "customer"])
def test_drivers_and_customers_are_advised_and_work_on(api: ApiClient, gas: Business, role: str) -> None:
    made(api, gas, role)
    first = signed_in(api)

    assert first["user"]["password_change"] == "advised"
    assert api.get("/v1/orders", token=first["access_token"]).status == 200
    token = own_password(api, first["access_token"])
    assert api.get("/v1/auth/me", token=token).body["password_change"] is None


def test_a_reset_password_is_an_initial_one_again(api: ApiClient, gas: Business) -> None:
    user_id = made(api, gas)
    own_password(api, signed_in(api)["access_token"])
    assert not get_user(gas.tenant.id, user_id).password_initial

    api.patch(f"/v1/users/{user_id}", {"password": PASSWORD}, as_=gas.admin)

    assert signed_in(api)["user"]["password_change"] == "required"


def test_the_initial_password_itself_is_not_a_new_one(api: ApiClient, gas: Business) -> None:
    made(api, gas)
    token = signed_in(api)["access_token"]

    same = {"current_password": PASSWORD, "new_password": PASSWORD}
    answer = api.post("/v1/auth/password", same, token=token)

    assert (answer.status, answer.body["code"]) == (422, "password_unchanged")
    assert api.get("/v1/orders", token=token).status == 403


def test_users_from_before_this_rule_change_nothing(api: ApiClient, gas: Business) -> None:
    assert api.get("/v1/auth/me", as_=gas.staff).body["password_change"] is None
    assert api.get("/v1/orders", as_=gas.staff).status == 200


def test_a_driver_who_moves_to_the_office_must_change_it_then(api: ApiClient, gas: Business) -> None:
    user_id = made(api, gas, "driver")
    pair = signed_in(api)
    api.patch(f"/v1/users/{user_id}", {"role": "office_staff"}, as_=gas.admin)

    fresh = api.post("/v1/auth/refresh", {"refresh_token": pair["refresh_token"]}).body

    assert api.get("/v1/auth/me", token=fresh["access_token"]).body["password_change"] == "required"
    assert api.get("/v1/orders", token=fresh["access_token"]).status == 403
