"""`/v1/users` over HTTP."""

from typing import Any

import pytest

from chalicelib.auth.users import get_user
from chalicelib.models.login_name import LoginName
from tests.api_client import ApiClient
from tests.auth.people import PASSWORD
from tests.factories import Business


def body(**values: Any) -> dict[str, Any]:
    return {
        "username": "new@example.com",
        "password": PASSWORD,
        "name": "新同事",
        "role": "office_staff",
        **values,
    }


def test_an_admin_makes_a_user_who_can_sign_in(api: ApiClient, gas: Business) -> None:
    made = api.post("/v1/users", body(username="0912-345-678"), as_=gas.admin)

    assert made.status == 201
    assert made.headers["location"] == f"/api/v1/users/{made.body['id']}"
    assert made.body["username"] == "+886912345678"
    credentials = {"username": "0912345678", "password": PASSWORD}
    assert api.post("/v1/auth/login", credentials).status == 200
    assert api.get(made.headers["location"].removeprefix("/api"), as_=gas.admin).body == made.body


def test_a_driver_is_linked_to_one_of_the_tenants_drivers(api: ApiClient, gas: Business) -> None:
    made = api.post("/v1/users", body(role="driver", driver_id=gas.driver.id), as_=gas.admin)

    assert (made.status, made.body["driver_id"]) == (201, gas.driver.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "nobody"}, "username"),
        ({"password": "short"}, "password"),
        ({"name": ""}, "name"),
        ({"role": "owner"}, "role"),
        ({"role": "driver"}, "driver_id"),
        ({"role": "customer", "customer_id": "nobody"}, "customer_id"),
        ({"tenant_id": "another"}, "tenant_id"),
        ({"status": "suspended"}, "status"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_the_field(
    api: ApiClient, gas: Business, values: dict[str, Any], field: str
) -> None:
    names_before = LoginName.count()

    answer = api.post("/v1/users", body(**values), as_=gas.admin)

    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert LoginName.count() == names_before


def test_a_username_taken_in_another_tenant_is_taken(api: ApiClient, gas: Business, restaurant: Business) -> None:
    api.post("/v1/users", body(), as_=restaurant.admin)

    answer = api.post("/v1/users", body(username=" NEW@example.com"), as_=gas.admin)

    assert (answer.status, answer.body["code"]) == (409, "username_taken")


def test_only_admins_manage_users(api: ApiClient, gas: Business) -> None:
    path = f"/v1/users/{gas.staff.id}"
    for user in (gas.staff, gas.driver_user, gas.customer_user):
        assert api.get("/v1/users", as_=user).status == 403
        assert api.post("/v1/users", body(), as_=user).status == 403
        assert api.get(path, as_=user).status == 403
        assert api.patch(path, {"role": "admin"}, as_=user).status == 403
    assert api.get("/v1/users").status == 401


def test_the_list_shows_the_own_tenants_users_page_by_page(
    api: ApiClient, gas: Business, restaurant: Business
) -> None:
    first = api.get("/v1/users", as_=gas.admin, query={"limit": "3"}).body
    second = api.get("/v1/users", as_=gas.admin, query={"limit": "3", "cursor": first["next_cursor"]}).body

    seen = [user["id"] for user in first["items"] + second["items"]]
    assert gas.customer_user is not None
    everybody = [gas.admin, gas.staff, gas.customer_user, *(user for user, _ in gas.drivers)]
    assert len(seen) == len(everybody)
    assert set(seen) == {user.id for user in everybody}
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"cursor": "x"}, {"tenant_id": "another"}]
)
def test_a_page_that_cannot_be_is_refused(api: ApiClient, gas: Business, query: dict[str, str]) -> None:
    assert api.get("/v1/users", as_=gas.admin, query=query).status == 422


def test_another_tenants_user_does_not_exist(api: ApiClient, gas: Business, restaurant: Business) -> None:
    path = f"/v1/users/{restaurant.staff.id}"

    shown = api.get(path, as_=gas.admin)
    changed = api.patch(path, {"name": "hacked", "password": PASSWORD}, as_=gas.admin)
    nowhere = api.get("/v1/users/nobody", as_=gas.admin)

    assert (shown.status, changed.status, nowhere.status) == (404, 404, 404)
    assert shown.body == nowhere.body
    stored = get_user(restaurant.tenant.id, restaurant.staff.id)
    assert stored.to_simple_dict() == restaurant.staff.to_simple_dict()


def test_a_suspended_user_is_out_at_once(api: ApiClient, gas: Business) -> None:
    assert api.get("/v1/auth/me", as_=gas.staff).status == 200

    answer = api.patch(f"/v1/users/{gas.staff.id}", {"status": "suspended"}, as_=gas.admin)

    assert (answer.status, answer.body["status"]) == (200, "suspended")
    assert api.get("/v1/auth/me", as_=gas.staff).status == 401


def test_a_password_set_by_an_admin_ends_the_users_sessions(api: ApiClient, gas: Business) -> None:
    made = api.post("/v1/users", body(), as_=gas.admin).body
    credentials = {"username": made["username"], "password": PASSWORD}
    before = api.post("/v1/auth/login", credentials).body

    api.patch(f"/v1/users/{made['id']}", {"password": "set by an admin"}, as_=gas.admin)

    assert api.get("/v1/auth/me", token=before["access_token"]).status == 401
    refreshed = api.post("/v1/auth/refresh", {"refresh_token": before["refresh_token"]})
    assert (refreshed.status, refreshed.body["code"]) == (401, "session_revoked")
    assert api.post("/v1/auth/login", credentials).status == 401
    assert api.post("/v1/auth/login", {**credentials, "password": "set by an admin"}).status == 200


def test_a_role_that_changed_shows_at_the_next_request(api: ApiClient, gas: Business) -> None:
    change = {"role": "driver", "driver_id": gas.driver.id}
    changed = api.patch(f"/v1/users/{gas.staff.id}", change, as_=gas.admin)

    stale = api.get("/v1/auth/me", as_=gas.staff)

    assert changed.status == 200
    assert (stale.status, stale.body["code"]) == (401, "token_outdated")


def test_a_stolen_access_token_of_an_admin_sets_no_admins_password(api: ApiClient, gas: Business) -> None:
    change = {"password": "set by a thief"}

    own = api.patch(f"/v1/users/{gas.admin.id}", change, as_=gas.admin)
    guessed = api.patch(f"/v1/users/{gas.admin.id}", {**change, "current_password": "x"}, as_=gas.admin)
    made = api.post("/v1/users", body(role="admin"), as_=gas.admin)

    assert (own.status, own.body["code"]) == (409, "own_password")
    assert (guessed.status, guessed.body["code"]) == (409, "own_password")
    assert (made.status, made.body["code"]) == (422, "password_needed")


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"role": "office_staff"}])
def test_an_admin_cannot_shut_himself_out(api: ApiClient, gas: Business, change: dict[str, str]) -> None:
    answer = api.patch(f"/v1/users/{gas.admin.id}", change, as_=gas.admin)

    assert (answer.status, answer.body["code"]) == (409, "own_account")
    assert api.get("/v1/users", as_=gas.admin).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"status": "gone"},
        {"role": None},
        {"name": 7},
        {"username": "other@example.com"},
        {"password": "short"},
        {"password_hash": "x"},
        {"driver_id": "nobody"},
    ],
)
def test_a_change_that_cannot_be_changes_nothing(api: ApiClient, gas: Business, change: dict[str, Any]) -> None:
    path = f"/v1/users/{gas.staff.id}"
    before = api.get(path, as_=gas.admin).body

    answer = api.patch(path, {"name": "neu", **change}, as_=gas.admin)

    assert answer.status == 422
    assert api.get(path, as_=gas.admin).body == before


def test_no_answer_about_users_holds_a_password_hash(api: ApiClient, gas: Business) -> None:
    made = api.post("/v1/users", body(), as_=gas.admin)
    path = f"/v1/users/{made.body['id']}"
    answers = [
        made,
        api.get(path, as_=gas.admin),
        api.patch(path, {"password": "set by an admin"}, as_=gas.admin),
        api.get("/v1/users", as_=gas.admin),
    ]

    assert not any("argon2" in str(answer.body) or "password" in str(answer.body) for answer in answers)


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("陳小", ["陳小明", "陳小美"]),
        ("小明 0912", ["陳小明"]),
        ("0912-345", ["陳小明"]),
        ("+886 912", ["陳小明"]),
        ("MEI@", ["陳小美"]),
        ("ｍｅｉ example", ["陳小美"]),
    ],
)
def test_users_are_found_by_parts_of_name_and_username(
    api: ApiClient, gas: Business, q: str, names: list[str]
) -> None:
    for each in (body(username="0912-345-678", name="陳小明"), body(username="mei@example.com", name="陳小美")):
        assert api.post("/v1/users", each, as_=gas.admin).status == 201
    answer = api.get("/v1/users", as_=gas.admin, query={"q": q})
    assert ([user["name"] for user in answer.body["items"]], answer.body["next_cursor"]) == (names, None)


def test_a_search_for_users_comes_in_pages(api: ApiClient, gas: Business) -> None:
    made = [
        api.post("/v1/users", body(username=f"u{n}@example.com", name=f"同事{n}"), as_=gas.admin) for n in range(3)
    ]
    api.patch(f"/v1/users/{made[1].body['id']}", {"status": "suspended"}, as_=gas.admin)
    query = {"q": "同事", "status": "active", "limit": "1"}
    first = api.get("/v1/users", as_=gas.admin, query=query).body
    last = api.get("/v1/users", as_=gas.admin, query={**query, "cursor": first["next_cursor"]}).body
    assert [each["name"] for each in (*first["items"], *last["items"])] == ["同事0", "同事2"]
    assert last["next_cursor"] is None
    assert api.get("/v1/users", as_=gas.admin, query={"q": "nobody"}).body == {"items": [], "next_cursor": None}
