"""Display tokens over REST: made, listed and revoked by admins; what a display may call."""

import io
import re
from datetime import timedelta

import pytest

from chalicelib.api.http import ROUTES
from chalicelib.auth.display_tokens import MOST_LIVE
from chalicelib.auth.revocations import revocations
from chalicelib.core.clock import epoch, from_wire, now
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.tenant import Tenant
from tests.api_client import ApiClient
from tests.displays import display_token, expire, revoke
from tests.factories import Business, delivery_business
from tests.world import World


def listed(api: ApiClient, business: Business) -> dict[str, str | None]:
    """The tokens in the list, and when each was revoked."""
    answer = api.get("/v1/display-tokens", as_=business.admin)
    assert (answer.status, answer.body["next_cursor"]) == (200, None)
    return {item["id"]: item["revoked_at"] for item in answer.body["items"]}


def polled(api: ApiClient, token: str, channel: str = "orders") -> int:
    return api.get("/v1/events", query={"channel": channel, "since": "0"}, token=token).status


def test_the_token_is_shown_once_and_stored_as_a_hash(api: ApiClient, gas: Business, logged: io.StringIO) -> None:
    made = display_token(api, gas)
    token = made.pop("token")
    assert re.fullmatch(r"display_[A-Za-z0-9_-]{20,120}", token)
    assert (made["name"], made["created_by"], made["revoked_at"]) == ("門市螢幕", gas.admin.id, None)
    [item] = api.get("/v1/display-tokens", as_=gas.admin).body["items"]
    assert item == made
    secret = token.rpartition("_")[2]
    assert secret not in str(DisplayToken.get(gas.tenant.id, made["id"]).attribute_values)
    assert secret not in logged.getvalue()


@pytest.mark.parametrize(
    ("values", "days"), [({}, 90), ({"expires_in_days": 1}, 1), ({"expires_in_days": 365}, 365)]
)
def test_a_token_ends_after_as_many_days_as_asked_for(
    api: ApiClient, gas: Business, values: dict[str, int], days: int
) -> None:
    made = display_token(api, gas, **values)
    lifetime = from_wire(made["expires_at"]) - from_wire(made["created_at"])
    assert timedelta(0) <= timedelta(days=days) - lifetime < timedelta(seconds=1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 366},
        {"name": "x", "role": "admin"},
    ],
)
def test_a_bad_draft_is_refused_and_nothing_is_stored(
    api: ApiClient, gas: Business, body: dict[str, object]
) -> None:
    assert api.post("/v1/display-tokens", body, as_=gas.admin).status == 422
    assert DisplayToken.count() == 0


def test_the_list_has_the_newest_first_in_pages(api: ApiClient, gas: Business) -> None:
    ids = [display_token(api, gas)["id"] for _ in range(3)]
    first = api.get("/v1/display-tokens", query={"limit": "2"}, as_=gas.admin).body
    rest = api.get("/v1/display-tokens", query={"limit": "2", "cursor": first["next_cursor"]}, as_=gas.admin).body
    assert [item["id"] for item in (*first["items"], *rest["items"])] == sorted(ids, reverse=True)
    assert rest["next_cursor"] is None
    assert api.get("/v1/display-tokens", query={"cursor": "x"}, as_=gas.admin).status == 422


def test_a_revoked_token_stays_in_the_list_for_a_week(api: ApiClient, gas: Business) -> None:
    made = display_token(api, gas)
    revoke(api, gas, made["id"])
    row = DisplayToken.get(gas.tenant.id, made["id"])
    assert listed(api, gas) == {made["id"]: row.revoked_at}
    assert 0 <= row.expires_at - epoch(now() + timedelta(days=7)) + 5 <= 5
    row.update([DisplayToken.expires_at.set(epoch(now()) - 1)])
    assert listed(api, gas) == {}


def test_revoking_again_changes_nothing(api: ApiClient, gas: Business) -> None:
    made = display_token(api, gas)
    revoke(api, gas, made["id"])
    before = DisplayToken.get(gas.tenant.id, made["id"]).attribute_values
    revoke(api, gas, made["id"])
    assert DisplayToken.get(gas.tenant.id, made["id"]).attribute_values == before


def test_a_business_has_fifty_tokens_in_use_at_most(api: ApiClient, gas: Business) -> None:
    ids = [display_token(api, gas)["id"] for _ in range(MOST_LIVE)]
    refused = api.post("/v1/display-tokens", {"name": "x"}, as_=gas.admin)
    assert (refused.status, refused.body["code"]) == (409, "too_many_display_tokens")
    display_token(api, delivery_business())
    revoke(api, gas, ids[0])
    display_token(api, gas)
    expire(gas, ids[1])
    display_token(api, gas)


def test_another_business_neither_sees_nor_revokes_a_token(api: ApiClient, gas: Business) -> None:
    other, made = delivery_business(), display_token(api, gas)
    assert listed(api, other) == {}
    assert api.call("DELETE", f"/v1/display-tokens/{made['id']}", as_=other.admin).status == 404
    assert listed(api, gas) == {made["id"]: None}


def test_a_display_may_call_the_log_of_its_channels_and_nothing_else(api: ApiClient, gas: Business) -> None:
    token = display_token(api, gas)["token"]
    assert {(route.method, route.path) for route in ROUTES if route.roles and "display" in route.roles} == {
        ("GET", "/v1/events")
    }
    for route in ROUTES:
        if route.roles is not None and "display" not in route.roles:
            path = route.path.replace("{", "x").replace("}", "")
            refused = api.call(route.method, path, {}, token=token)
            assert (refused.status, refused.body["code"]) == (403, "forbidden"), (route.method, path)


def test_a_display_reads_three_channels_of_its_own_business(world: World, gas: Business) -> None:
    made = display_token(world.api, gas)
    channels = ("orders", "routes", "drivers")
    assert [polled(world.api, made["token"], channel) for channel in channels] == [200] * 3
    mine = (f"user:{gas.staff.id}", f"driver:{gas.driver.id}", "order:x", "route:x")
    for channel in ("customers", "system", *mine):
        assert polled(world.api, made["token"], channel) == 403, channel
    # It is not even a channel.
    assert polled(world.api, made["token"], f"user:display:{made['id']}") == 422


def test_a_token_of_which_anything_differs_is_refused(api: ApiClient, gas: Business) -> None:
    token, other = display_token(api, gas)["token"], display_token(api, delivery_business())["token"]
    _, id_, secret = other.removeprefix("display_").split("_")
    for bad in (
        "display_",
        token[:-1],
        f"{token}0",
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        f"display_{gas.tenant.id}_{id_}_{secret}",
        token.rpartition("_")[0] + f"_{secret}",
        f"display_{'x' * 2000}_{id_}_{secret}",
        token.replace("display_", "display_é"),
    ):
        answer = api.get("/v1/events", query={"channel": "orders", "since": "0"}, token=bad)
        assert (answer.status, answer.body["code"]) == (401, "invalid_token"), bad


def test_revoked_and_expired_tokens_are_refused_and_so_is_a_suspended_business(
    api: ApiClient, gas: Business
) -> None:
    tokens = [display_token(api, gas) for _ in range(4)]
    codes = []
    revoke(api, gas, tokens[0]["id"])
    expire(gas, tokens[1]["id"])
    DisplayToken(gas.tenant.id, tokens[2]["id"]).delete()
    gas.tenant.update([Tenant.status.set("suspended")])
    for made in tokens:
        answer = api.get("/v1/events", query={"channel": "orders", "since": "0"}, token=made["token"])
        codes.append((answer.status, answer.body["code"]))
    assert codes == [
        (401, "session_revoked"),
        (401, "token_expired"),
        (401, "invalid_token"),
        (403, "tenant_suspended"),
    ]


def test_no_endpoint_that_trusts_the_token_alone_admits_a_display(api: ApiClient, gas: Business) -> None:
    made = display_token(api, gas)
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": "2026-11-30T00:00:00Z"}
    assert api.post("/v1/drivers/me/location", fix, token=made["token"]).status == 403
    revoke(api, gas, made["id"])
    revocations.clear()
    assert api.post("/v1/drivers/me/location", fix, token=made["token"]).status == 401
