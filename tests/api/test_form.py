"""Signing in with a form, as OAuth2 password clients do."""

import io
import re
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.form import parse_form
from chalicelib.api.http import ROUTES
from chalicelib.auth import users
from chalicelib.auth.users import NewUser
from chalicelib.core.clock import now
from chalicelib.core.errors import BadRequest, Invalid
from tests.api_client import Answer, ApiClient
from tests.auth.people import PASSWORD, a_tenant, a_user

NAME = "mei@example.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form_login(api: ApiClient, raw: bytes, content_type: str = FORM["Content-Type"]) -> Answer:
    return api.post("/v1/auth/login", raw=raw, headers={"Content-Type": content_type})


def test_an_oauth_client_signs_in_with_a_form(api: ApiClient) -> None:
    user = a_user(a_tenant(now=now()), NAME, now=now())
    fields = {"grant_type": "password", "username": NAME, "password": PASSWORD, "scope": "", "client_id": "app"}

    answer = form_login(api, urlencode({**fields, "client_secret": "s"}).encode())

    assert answer.status == 200
    assert api.get("/v1/auth/me", token=answer.body["access_token"]).body["id"] == user.id


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"]
)
def test_a_form_needs_no_more_than_a_username_and_a_password(api: ApiClient, content_type: str) -> None:
    a_user(a_tenant(now=now()), NAME, now=now())

    answer = form_login(api, urlencode({"password": PASSWORD, "username": NAME}).encode(), content_type)

    assert answer.status == 200


def test_a_form_may_hold_any_password(api: ApiClient) -> None:
    password = "a+b&c=d %41 瓦斯 ;#"
    new = NewUser(username=NAME, password=password, name="王小美", role="admin")
    users.create_user(a_tenant(now=now()).id, new, now=now())

    assert form_login(api, urlencode({"username": NAME, "password": password}).encode()).status == 200
    assert form_login(api, f"username={NAME}&password=a%2Bb%26c%3Dd+%2541+瓦斯+;%23".encode()).status == 200
    # An unescaped plus sign is a space.
    assert form_login(api, f"username={NAME}&password=a+b%26c%3Dd+%2541+瓦斯+;%23".encode()).status == 401


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "username"),
        (b"username=a", "password"),
        (b"username=a&password=", "password"),
        (b"username&password=x", "username"),
        (b"password=x", "username"),
        (b"username=a&password=x&password=y", "password"),
        (b"username=a&username=a&password=x", "username"),
        (b"username=a&password=x&grant_type=client_credentials", "grant_type"),
        (b"username=a&password=x&grant_type=", "grant_type"),
        (b"username=a&password=x&remember=1", "remember"),
        (b"username=a&password=" + b"x" * 129, "password"),
    ],
)
def test_a_form_that_is_no_sign_in_names_the_field(api: ApiClient, raw: bytes, field: str) -> None:
    answer = form_login(api, raw)

    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == [field]


@pytest.mark.parametrize(
    "raw",
    [
        b"username=a&password=%ff",
        b"username=a&password=\xff",
        b"username=a&password=%E7%93",
        b"username=a&password=%ED%A0%80",
        b"username=a&password=100%",
        b"username=a&password=%zz",
        b"%C3=a",
        b'{"username": "a", "password": "hunter2"}',
        b"username=a&password=x&=y",
        b"&".join(b"a%d=1" % n for n in range(2000)),
    ],
    ids=[
        "no utf-8",
        "raw bytes",
        "cut off",
        "surrogate",
        "lone %",
        "no hex",
        "in a name",
        "json",
        "no name",
        "very many fields",
    ],
)
def test_a_form_that_cannot_be_read_is_a_bad_request(api: ApiClient, raw: bytes) -> None:
    answer = form_login(api, raw)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "hunter2" not in str(answer.body)


def test_the_sixth_wrong_password_in_a_form_must_wait_too(api: ApiClient) -> None:
    a_user(a_tenant(now=now()), NAME, now=now())
    statuses = [form_login(api, b"username=mei%40example.com&password=wrong").status for _ in range(6)]

    assert statuses == [401] * 5 + [429]


def test_only_the_sign_in_takes_forms(api: ApiClient) -> None:
    for route in ROUTES:
        if "body" in route.view.__annotations__ and route.path != "/v1/auth/login" and route.roles is None:
            path = re.sub(r"\{\w+\}", "x", route.path)
            answer = api.call(route.method, path, raw=b"refresh_token=x", headers=FORM)
            assert answer.status == 415, route.path


@pytest.mark.parametrize(
    "raw", [b"username=a&password=hunter2&password=hunter2", b"grant_type=x&password=hunter2"]
)
def test_a_refused_form_does_not_show_the_password(api: ApiClient, raw: bytes, logged: io.StringIO) -> None:
    answer = form_login(api, raw)

    assert answer.status == 422
    assert "hunter2" not in str(answer.body)
    assert "hunter2" not in logged.getvalue()


@given(st.binary() | st.text(alphabet="a%&=+;0f\x00瓦").map(str.encode))
def test_any_bytes_are_fields_or_refused(raw: bytes) -> None:
    with suppress(BadRequest, Invalid):
        fields = parse_form(raw)
        assert parse_form(urlencode(fields).encode()) == fields
