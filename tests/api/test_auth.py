"""`/v1/auth` over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from chalicelib.auth import users
from chalicelib.auth.users import UserChanges
from chalicelib.core.clock import now
from chalicelib.core.logs import HANDLER
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.api_client import Answer, ApiClient
from tests.auth.people import PASSWORD, a_tenant, a_user
from tests.aws_in_process import ENVIRONMENT

NAME = "mei@example.com"


def mei(role: users.Role = "admin") -> User:
    return a_user(a_tenant(now=now()), NAME, role=role, now=now())


def login(
    api: ApiClient,
    username: str = NAME,
    password: str = PASSWORD,
    *,
    address: str = "203.0.113.7",
    device: str | None = None,
) -> Answer:
    """A sign-in that comes through the edge from an address."""
    body = {"username": username, "password": password, **({"device": device} if device else {})}
    through = {"X-Origin-Key": ENVIRONMENT["ORIGIN_KEY"], "True-Client-IP": address}
    return api.post("/v1/auth/login", body, headers=through)


def me(api: ApiClient, token: str) -> Answer:
    return api.get("/v1/auth/me", token=token)


def test_signing_in_gives_a_token_pair_that_works(api: ApiClient) -> None:
    user = mei()

    answer = login(api)

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "refresh_token", "token_type", "expires_in", "user", "device"}
    assert (answer.body["token_type"], answer.body["expires_in"]) == ("Bearer", 3600)
    assert answer.headers["cache-control"] == "no-store"
    assert me(api, answer.body["access_token"]).body["id"] == user.id


def test_signing_in_answers_the_same_user_as_me(api: ApiClient) -> None:
    mei("driver")

    answer = login(api)

    assert answer.body["user"] == me(api, answer.body["access_token"]).body


def test_me_answers_the_user_and_the_tenant(api: ApiClient) -> None:
    user = mei("driver")

    answer = me(api, login(api).body["access_token"])

    assert answer.body == {
        "id": user.id,
        "username": NAME,
        "name": "王小美",
        "role": "driver",
        "driver_id": user.driver_id,
        "customer_id": None,
        "password_change": None,
        "totp": False,
        "tenant": {
            "id": user.tenant_id,
            "name": "幸福瓦斯",
            "kind": "delivery",
            "time_zone": "Asia/Taipei",
            "currency": "TWD",
        },
    }


@pytest.mark.parametrize("name", [NAME, "nobody@example.com"])
def test_the_sixth_wrong_password_must_wait(api: ApiClient, name: str) -> None:
    mei()
    for _ in range(5):
        answer = login(api, name, "wrong password")
        assert (answer.status, answer.body["code"]) == (401, "wrong_credentials")

    answer = login(api, name)

    assert (answer.status, answer.body["code"]) == (429, "too_fast")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(api: ApiClient) -> None:
    mei()
    device = login(api).body.get("device")
    for _ in range(6):
        login(api, password="wrong password", address="198.51.100.1")

    assert login(api).status == 200
    assert login(api, address="198.51.100.1", device=device).status == 200


def test_one_address_cannot_sign_in_by_sixty_names(api: ApiClient) -> None:
    answers = [login(api, f"{number}@example.com", "wrong password") for number in range(60)]

    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 30
    assert {answer.body["code"] for answer in refused} == {"too_many_sign_ins"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert login(api, "60@example.com", "wrong password", address="198.51.100.1").status == 401


def test_refused_sign_ins_are_logged_and_counted_without_name_or_address(api: ApiClient, logged: StringIO) -> None:
    mei()
    for _ in range(6):
        login(api, password="wrong password")
    login(api, address="198.51.100.1")

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    refused = [line for line in lines if line["message"] == "sign_in_refused"]
    assert [line["reason"] for line in refused] == ["wrong_credentials"] * 5 + ["too_fast"]
    assert sum(line["SignInsRefused"] for line in refused) == 6
    assert sum(line.get("SignIns", 0) for line in lines) == 1
    assert len({line["address"] for line in refused}) == 1
    assert "203.0.113" not in logged.getvalue()
    assert NAME not in logged.getvalue()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": NAME}, "password"),
        ({"username": NAME, "password": 7}, "password"),
        ({"username": NAME, "password": ""}, "password"),
        ({"username": NAME, "password": "x" * 129}, "password"),
        ({"username": "x" * 255, "password": PASSWORD}, "username"),
        ({"username": NAME, "password": PASSWORD, "remember": True}, "remember"),
        ({"username": NAME, "password": PASSWORD, "device": "x" * 257}, "device"),
    ],
)
def test_a_sign_in_that_is_not_one_names_the_field(api: ApiClient, body: dict[str, object], field: str) -> None:
    answer = api.post("/v1/auth/login", body)

    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == [field]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"username": "\\ud800", "password": "x"}'])
def test_a_body_that_is_no_json_is_a_bad_request(api: ApiClient, raw: bytes) -> None:
    assert api.post("/v1/auth/login", raw=raw).status == 400


def test_a_refresh_token_works_once(api: ApiClient) -> None:
    mei()
    first = login(api).body

    second = api.post("/v1/auth/refresh", {"refresh_token": first["refresh_token"]})
    again = api.post("/v1/auth/refresh", {"refresh_token": first["refresh_token"]})

    assert second.status == 200
    assert second.body["refresh_token"] != first["refresh_token"]
    assert (again.status, again.body["code"]) == (401, "refresh_token_reused")
    assert me(api, second.body["access_token"]).body["code"] == "session_revoked"


def test_a_refresh_whose_answer_was_lost_may_be_asked_again_with_its_key(api: ApiClient) -> None:
    mei()
    request = {"refresh_token": login(api).body["refresh_token"], "retry_key": "0123456789abcdef"}

    lost, again = api.post("/v1/auth/refresh", request), api.post("/v1/auth/refresh", request)

    assert (lost.status, again.status) == (200, 200)
    assert again.body["refresh_token"] == lost.body["refresh_token"]
    assert me(api, again.body["access_token"]).status == 200


@pytest.mark.parametrize("key", ["", "0123456789abcde", "x" * 129, 1])
def test_a_guessable_retry_key_is_refused(api: ApiClient, key: object) -> None:
    mei()
    token = login(api).body["refresh_token"]

    assert api.post("/v1/auth/refresh", {"refresh_token": token, "retry_key": key}).status == 422
    assert api.post("/v1/auth/refresh", {"refresh_token": token}).status == 200


def test_an_invented_refresh_token_is_refused(api: ApiClient) -> None:
    answer = api.post("/v1/auth/refresh", {"refresh_token": "01JD0000000000000000000000.invented"})

    assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(api: ApiClient) -> None:
    mei()
    pair = login(api).body

    assert api.post("/v1/auth/refresh", {"refresh_token": pair["access_token"][:256]}).status == 401
    assert me(api, pair["refresh_token"]).body["code"] == "invalid_token"


def test_signing_out_ends_both_tokens_of_this_session_only(api: ApiClient) -> None:
    mei()
    here, elsewhere = login(api).body, login(api).body

    answer = api.post("/v1/auth/logout", token=here["access_token"])

    assert (answer.status, answer.body) == (204, None)
    assert me(api, here["access_token"]).status == 401
    assert api.post("/v1/auth/refresh", {"refresh_token": here["refresh_token"]}).status == 401
    assert me(api, elsewhere["access_token"]).status == 200


def test_a_changed_password_signs_out_everywhere_else(api: ApiClient) -> None:
    mei()
    here, elsewhere = login(api).body, login(api).body
    change = {"current_password": PASSWORD, "new_password": "a new cylinder"}

    answer = api.post("/v1/auth/password", change, token=here["access_token"])

    assert answer.status == 200
    assert me(api, answer.body["access_token"]).status == 200
    assert me(api, here["access_token"]).status == 401
    assert me(api, elsewhere["access_token"]).status == 401
    assert login(api).status == 401
    assert login(api, password="a new cylinder").status == 200


def test_guessing_the_current_password_with_a_stolen_token_is_stopped(api: ApiClient) -> None:
    mei()
    token = login(api).body["access_token"]
    wrong = {"current_password": "wrong password", "new_password": "a new cylinder"}
    for _ in range(5):
        answer = api.post("/v1/auth/password", wrong, token=token)
        assert (answer.status, answer.body["code"]) == (401, "wrong_credentials")

    right = {**wrong, "current_password": PASSWORD}
    answer = api.post("/v1/auth/password", right, token=token)

    assert answer.status == 429
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("new", ["short", "x" * 129, 12345678])
def test_a_weak_password_is_refused_with_its_field(api: ApiClient, new: object) -> None:
    mei()
    token = login(api).body["access_token"]
    change = {"current_password": PASSWORD, "new_password": new}

    answer = api.post("/v1/auth/password", change, token=token)

    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == "new_password"


def test_suspended_users_see_why_they_cannot_sign_in(api: ApiClient) -> None:
    user = mei()
    token = login(api).body["access_token"]
    users.change_user(user.tenant_id, user.id, UserChanges(status="suspended"), by="another admin")

    answer = login(api)

    assert (answer.status, answer.body["code"]) == (403, "user_suspended")
    assert me(api, token).status == 401


def test_users_of_a_suspended_tenant_see_the_reason(api: ApiClient) -> None:
    user = mei()
    pair = login(api).body
    Tenant.get(user.tenant_id).update([Tenant.status.set("suspended")])

    answers = (
        login(api),
        me(api, pair["access_token"]),
        api.post("/v1/auth/refresh", {"refresh_token": pair["refresh_token"]}),
    )

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "tenant_suspended")}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic bWVpOng=", "Bearer x.y.z"])
def test_without_a_valid_token_there_is_no_principal(api: ApiClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = api.get("/v1/auth/me", headers=headers)

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@contextmanager
def logs() -> Iterator[StringIO]:
    """A stream of the lines that the functions log inside."""
    written = StringIO()
    before = HANDLER.setStream(written)
    try:
        yield written
    finally:
        HANDLER.setStream(before)


def test_no_log_holds_a_password_a_token_or_a_name(api: ApiClient) -> None:
    mei()
    with logs() as written:
        pair = login(api).body
        login(api, password="wrong password")
        api.post("/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})
        api.post("/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})

    logged = written.getvalue()

    assert "refresh_token_reused" in logged
    for secret in (PASSWORD, "wrong password", pair["access_token"], pair["refresh_token"].split(".")[1], NAME):
        assert secret not in logged
