"""No data of one tenant reaches another, and each role may call only its routes: for every route.

The tests are generated from the routes, so that they cover new ones.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import app
from chalicelib.api.http import ROUTES, Route
from chalicelib.auth.guest_tokens import table_token
from chalicelib.auth.live import verify_live, verify_token
from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES, TABLE, TRACKER
from chalicelib.auth.recent import verify_recent
from chalicelib.auth.revocations import revocations
from chalicelib.core.clock import now
from chalicelib.core.settings import settings
from chalicelib.models.user import User
from tests.api_client import Answer, ApiClient
from tests.aws_in_process import moto_tables
from tests.calls import counted_calls, listening
from tests.displays import display_token
from tests.factories import Business, delivery_business, dining_table, table_business, user
from tests.isolation.requests import BEFORE, BODIES, IDS, OF_RESTAURANTS, PUBLIC, QUERIES, REFUSED, WORDS
from tests.visits import tracker

assert app.app.routes, "the routes are registered"

PARAMETER = re.compile(r"\{(\w+)\}")
WITH_IDS = [route for route in ROUTES if set(PARAMETER.findall(route.path)) - WORDS.keys()]
GUARDED = [route for route in ROUTES if route.roles is not None]
EVERY_ROLE = ROLES | GUESTS | {DISPLAY}


# Ids without a record; DynamoDB refuses the last one as a key.
NOBODYS = ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "~", "x" * 1_100)


@contextmanager
def keys_checked() -> Iterator[None]:
    """DynamoDB refuses keys of more than a kilobyte; moto does not."""

    def check(params: Any, **_: Any) -> None:
        assert NOBODYS[-1] not in str(params)

    with listening("before-parameter-build.dynamodb", check):
        yield


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def stored() -> str:
    """Everything in every table."""
    return stored_but()


def stored_but(*tables: str) -> str:
    """Everything in every table but these."""
    left_out = {settings().table_prefix + name for name in tables}
    return json.dumps(
        {
            name: [item.to_json() for item in table.all_items()]
            for name, table in sorted(moto_tables().items())
            if name not in left_out
        },
        sort_keys=True,
        default=repr,
    )


def ids(api: ApiClient, route: Route, of: Business) -> dict[str, str]:
    """What the route's path says in a business, made if need be."""
    return {name: IDS[name](api, of) for name in PARAMETER.findall(route.path) if name not in WORDS}


def call(api: ApiClient, route: Route, of: Business, found: dict[str, str], **as_: Any) -> Answer:
    """The route's request. of: whose good request it is, but for the ids."""
    path = route.path.format(**WORDS, **found)
    body = BODIES.get((route.method, route.path))
    return api.call(route.method, path, body and body(of), query=QUERIES.get(route.path), **as_)


def user_of(business: Business, role: str) -> User:
    users = {"admin": business.admin, "office_staff": business.staff, "customer": business.customer_user}
    if business.drivers:
        users["driver"] = business.driver_user
    # A restaurant has neither drivers nor customers, but users with such a role must be refused as well.
    return users.get(role) or user(business.tenant, role)


def token_of(api: ApiClient, business: Business, role: str) -> str:
    """A token with the role; for a delivery business a guest's is of another restaurant."""
    if role == TRACKER:
        return tracker(api, business, IDS["order_id"](api, business)).token
    if role == DISPLAY:
        return str(display_token(api, business)["token"])
    if role == TABLE:
        restaurant = business if business.tenant.kind == "table" else table_business()
        table = dining_table(restaurant.tenant, "Z9")
        return table_token(table, restaurant.tenant, address="home", earlier=None, now=now()).access_token
    return api.token(user_of(business, role))


def kind_for(route: Route) -> str:
    """The kind of business that the route is for."""
    return "table" if route.path.startswith(OF_RESTAURANTS) else "delivery"


def business_for(route: Route) -> Business:
    return table_business() if kind_for(route) == "table" else delivery_business()


def prepared(api: ApiClient, route: Route) -> tuple[Business, User | None, str]:
    """A tenant for a route, a user who may call it, and its path, with all required records."""
    business = business_for(route)
    principal = None
    if route.roles is not None:
        principal = user_of(business, "admin" if "admin" in route.roles else min(route.roles))
    found = ids(api, route, business)
    before = BEFORE.get((route.method, route.path))
    if before is not None:
        before(api, business, *found.values())
    return business, principal, route.path.format(**WORDS, **found)


def test_every_route_is_known_here() -> None:
    for route in ROUTES:
        unknown = set(PARAMETER.findall(route.path)) - IDS.keys() - WORDS.keys()
        assert not unknown, f"{named(route)}: say in tests/isolation/requests.py what {unknown} are"
        if "body" in route.view.__annotations__:
            assert (route.method, route.path) in BODIES, f"{named(route)}: say what it sends"


def test_only_these_need_no_token() -> None:
    assert {(route.method, route.path) for route in ROUTES if route.roles is None} == PUBLIC


@pytest.mark.parametrize("route", WITH_IDS, ids=named)
def test_ids_of_another_business_are_not_there(api: ApiClient, route: Route) -> None:
    gas, other = business_for(route), business_for(route)
    if route.roles is None:
        pytest.fail("an id in a public path needs a test of its own")
    principal = user_of(gas, "admin" if "admin" in route.roles else min(route.roles))
    theirs, ours = ids(api, route, other), ids(api, route, gas)
    before = BEFORE.get((route.method, route.path))
    for found, business in ((theirs, other), (ours, gas)):
        if before is not None:
            before(api, business, *found.values())
    api.token(principal)
    untouched = stored()
    with keys_checked():
        for foreign in (theirs, *(dict.fromkeys(theirs, each) for each in NOBODYS)):
            answer = call(api, route, gas, foreign, as_=principal)
            assert (answer.status, answer.body["code"]) == (404, "not_found"), answer.body
    assert stored() == untouched
    # The same request with an own id succeeds, so only the id was refused.
    own = call(api, route, gas, ours, as_=principal)
    code = REFUSED.get((route.method, route.path))
    assert own.body["code"] == code if code else own.status == route.status, own.body


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_roles_without_the_right_are_refused_before_anything_is_read(api: ApiClient, route: Route) -> None:
    assert route.roles is not None
    gas = business_for(route)
    found = ids(api, route, gas)
    tokens = {role: token_of(api, gas, role) for role in sorted(EVERY_ROLE - route.roles)}
    untouched = stored()
    for role, token in tokens.items():
        # The process caches only older revocations than those of the last seconds, so it reads these both times.
        revocations.clear()
        with counted_calls() as identity:
            verify_recent(verify_token(token))
            verify_live(verify_token(token))
        revocations.clear()
        with counted_calls() as calls:
            answer = call(api, route, gas, found, token=token)
        assert (answer.status, answer.body["code"]) == (403, "forbidden"), (role, answer.body)
        assert not calls - identity, f"{role}: read, or wrote, more than the rows of the caller"
    for bad in (None, "x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."):
        assert call(api, route, gas, found, token=bad).status == 401
    assert stored() == untouched
