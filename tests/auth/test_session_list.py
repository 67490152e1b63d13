"""Where users are signed in, and how they and their admins end it."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.session_list import list_sessions
from chalicelib.auth.sessions import open_session, refresh
from chalicelib.core.clock import now
from chalicelib.core.fields import Part
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.user import User
from tests.api_client import Answer, ApiClient
from tests.auth.people import KEYS, NOW, a_tenant, a_user
from tests.auth.people import PASSWORD as OWN_PASSWORD
from tests.factories import Business
from tests.isolation.requests import session_of
from tests.world import World

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
)
SESSIONS = "/v1/auth/sessions"


def listed(api: ApiClient, **as_: Any) -> list[dict[str, Any]]:
    answer = api.get(SESSIONS, **as_)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def delete(api: ApiClient, path: str, **as_: Any) -> Answer:
    return api.call("DELETE", path, **as_)


def test_a_sign_in_is_listed_with_its_browser_and_times(api: ApiClient) -> None:
    user = a_user(a_tenant(now=now()), now=now())
    body = {"username": user.username, "password": OWN_PASSWORD}
    pair = api.post("/v1/auth/login", body, headers={"User-Agent": CHROME}).body

    [one] = listed(api, token=pair["access_token"])

    assert (one["user_agent"], one["current"]) == ("Chrome on Windows", True)
    assert one["id"] == pair["refresh_token"].partition(".")[0]
    assert one["signed_in_at"] <= one["last_used_at"]


def test_the_own_sessions_are_listed_newest_first_and_no_others(api: ApiClient, gas: Business) -> None:
    here = api.token(gas.staff)
    older = session_of(gas.staff)
    newer = session_of(gas.staff)
    session_of(gas.admin)

    found = listed(api, as_=gas.staff)

    assert [one["id"] for one in found][:2] == [newer, older]
    assert [one["current"] for one in found] == [False, False, True]
    assert here


def test_a_refresh_is_a_use(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pair = open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=KEYS)
    later = NOW + timedelta(hours=3)
    refresh(pair.refresh_token, now=later, keys=KEYS)

    [one], cursor = list_sessions(user, Part(), current=None, now=later)

    assert (one.signed_in_at, one.last_used_at) == ("2026-11-22T04:00:00.000Z", "2026-11-22T07:00:00.000Z")
    assert cursor is None


def test_sessions_from_before_are_listed_without_a_browser(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pair = open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=KEYS)
    row = RefreshToken.get(pair.refresh_token.partition(".")[0])
    row.update([RefreshToken.last_used_at.remove(), RefreshToken.user_agent.remove()])

    [one], _ = list_sessions(user, Part(), current=None, now=NOW)

    assert (one.user_agent, one.last_used_at) == ("unknown", one.signed_in_at)


def test_ended_sessions_are_not_listed(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=KEYS)

    assert list_sessions(user, Part(), current=None, now=NOW + timedelta(days=30)) == ([], None)
    user.sessions_valid_from = "2026-11-22T04:00:00.001Z"
    assert list_sessions(user, Part(), current=None, now=NOW) == ([], None)


def test_a_long_list_comes_in_pages_that_miss_and_repeat_none(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pairs = [open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=KEYS) for _ in range(5)]
    made = [pair.refresh_token.partition(".")[0] for pair in pairs]

    first, cursor = list_sessions(user, Part(limit=3), current=None, now=NOW)
    second, end = list_sessions(user, Part(limit=3, cursor=cursor), current=None, now=NOW)

    assert [one.id for one in [*first, *second]] == sorted(made, reverse=True)
    assert end is None


def test_one_session_is_ended_and_its_sockets_close(world: World, gas: Business) -> None:
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    phone, office = world.connect_with(pair.access_token), world.connect(gas.staff)
    session_id = pair.refresh_token.partition(".")[0]

    assert delete(world.api, f"{SESSIONS}/{session_id}", as_=gas.staff).status == 204

    world.deliver()
    assert [each["code"] for each in world.received(phone, "closing")] == ["session_revoked"]
    assert not world.received(office, "closing")
    assert world.api.get("/v1/auth/me", token=pair.access_token).status == 401
    assert world.api.post("/v1/auth/refresh", {"refresh_token": pair.refresh_token}).status == 401
    assert delete(world.api, f"{SESSIONS}/{session_id}", as_=gas.staff).status == 204


def test_all_others_are_ended_at_once(api: ApiClient, gas: Business) -> None:
    others = [open_session(gas.tenant, gas.staff, signed_in_at=now()) for _ in range(3)]
    assert delete(api, SESSIONS, as_=gas.staff).status == 204

    assert {api.get("/v1/auth/me", token=pair.access_token).status for pair in others} == {401}
    [here] = listed(api, as_=gas.staff)
    assert here["current"]
    assert api.get("/v1/auth/me", as_=gas.admin).status == 200


@pytest.mark.parametrize("role", ["office_staff", "driver", "customer"])
def test_only_admins_end_the_sessions_of_others(api: ApiClient, gas: Business, role: str) -> None:
    principal = {"office_staff": gas.staff, "driver": gas.driver_user, "customer": gas.customer_user}[role]
    admins = session_of(gas.admin)

    answer = delete(api, f"{SESSIONS}/{admins}", as_=principal)

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert RefreshToken.get(admins).revoked_at is None


def test_an_admin_sees_and_ends_a_users_sessions(world: World, gas: Business) -> None:
    api = world.api
    one = session_of(gas.staff)
    phone = world.connect(gas.staff)
    path = f"/v1/users/{gas.staff.id}/sessions"

    found = api.get(path, as_=gas.admin).body["items"]
    assert [each["current"] for each in found] == [False, False]
    assert delete(api, f"{SESSIONS}/{one}", as_=gas.admin).status == 204
    assert len(api.get(path, as_=gas.admin).body["items"]) == 1
    assert delete(api, path, as_=gas.admin).status == 204

    assert api.get(path, as_=gas.admin).body["items"] == []
    assert api.get("/v1/auth/me", as_=gas.staff).status == 401
    world.deliver()
    assert [each["code"] for each in world.received(phone, "closing")] == ["session_revoked"]
    assert User.get(gas.tenant.id, gas.staff.id).status == "active"
