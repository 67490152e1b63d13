"""Nothing crosses from one business to another, and each role does what it may: for every route there is.

Made of the route table, so that a new route cannot escape it.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import app
from chalicelib.api.http import ROUTES, Route
from chalicelib.auth.principal import ROLES
from chalicelib.models.user import User
from tests.api_client import Answer, ApiClient
from tests.aws_in_process import moto_tables
from tests.calls import listening
from tests.factories import PASSWORD, Business, delivery_business, order_body, table_business, user
from tests.isolation.requests import BEFORE, BODIES, IDS, OF_RESTAURANTS, PUBLIC, QUERIES, REFUSED, WORDS
from tests.routes.rounds import plan

assert app.app.routes, "the routes are registered"

PARAMETER = re.compile(r"\{(\w+)\}")
WITH_IDS = [route for route in ROUTES if set(PARAMETER.findall(route.path)) - WORDS.keys()]
WITH_WORDS = {route.path for route in ROUTES if "{" in route.path}
GUARDED = [route for route in ROUTES if route.roles is not None]


# Ids that nothing has; the last one DynamoDB does not take for a key.
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
    return json.dumps(
        {name: [item.to_json() for item in table.all_items()] for name, table in sorted(moto_tables().items())},
        sort_keys=True,
    )


def ids(api: ApiClient, route: Route, of: Business) -> dict[str, str]:
    """What the route's path says in a business, made if need be."""
    return {name: IDS[name](api, of) for name in PARAMETER.findall(route.path) if name not in WORDS}


def call(api: ApiClient, route: Route, of: Business, found: dict[str, str], **as_: Any) -> Answer:
    """The route's request. of: whose good request it is, but for the ids."""
    path = route.path.format(**WORDS, **found)
    body = BODIES.get((route.method, route.path))
    return api.call(route.method, path, body and body(of), query=QUERIES.get(route.path), **as_)


def who(business: Business, role: str) -> User:
    users = {"admin": business.admin, "office_staff": business.staff, "customer": business.customer_user}
    if business.drivers:
        users["driver"] = business.driver_user
    # A restaurant has neither drivers nor customers; somebody with such a role is refused there all the same.
    return users.get(role) or user(business.tenant, role)


def business_for(route: Route) -> Business:
    return table_business() if route.path.startswith(OF_RESTAURANTS) else delivery_business()


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
    asker = who(gas, "admin" if "admin" in route.roles else min(route.roles))
    theirs, ours = ids(api, route, other), ids(api, route, gas)
    before = BEFORE.get((route.method, route.path))
    for found, business in ((theirs, other), (ours, gas)):
        if before is not None:
            before(api, business, *found.values())
    api.token(asker)
    untouched = stored()
    with keys_checked():
        for foreign in (theirs, *(dict.fromkeys(theirs, each) for each in NOBODYS)):
            answer = call(api, route, gas, foreign, as_=asker)
            assert (answer.status, answer.body["code"]) == (404, "not_found"), answer.body
    assert stored() == untouched
    # The same request with an id of one's own is good: it was the id alone that was refused.
    own = call(api, route, gas, ours, as_=asker)
    code = REFUSED.get((route.method, route.path))
    assert own.body["code"] == code if code else own.status == route.status, own.body


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_roles_without_the_right_are_refused(api: ApiClient, route: Route) -> None:
    assert route.roles is not None
    gas = business_for(route)
    found = ids(api, route, gas)
    askers = [who(gas, role) for role in sorted(ROLES - route.roles)]
    for asker in askers:
        api.token(asker)
    untouched = stored()
    for asker in askers:
        answer = call(api, route, gas, found, as_=asker)
        assert (answer.status, answer.body["code"]) == (403, "forbidden"), (asker.role, answer.body)
    for token in (None, "x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."):
        assert call(api, route, gas, found, token=token).status == 401
    assert stored() == untouched


def _foreign_template(api: ApiClient, gas: Business, other: Business, field: str) -> Answer:
    """A recurring order of one's own, but for one field."""
    body = BODIES["POST", "/v1/order-templates"]
    return api.post("/v1/order-templates", {**body(gas), field: body(other)[field]}, as_=gas.staff)


def _foreign_plan(api: ApiClient, gas: Business, other: Business, field: str) -> Answer:
    """A plan of one's own, but for one field."""
    body = BODIES["POST", "/v1/routes/optimize"]
    return api.post("/v1/routes/optimize", {**body(gas), field: body(other)[field]}, as_=gas.staff)


# Ids that are not in a path: the field, and what is sent in it.
FOREIGN = {
    "POST /v1/orders customer_id": lambda api, gas, other: api.post(
        "/v1/orders", order_body(gas, customer_id=other.customer.id), as_=gas.staff
    ),
    "POST /v1/orders product_id": lambda api, gas, other: api.post(
        "/v1/orders", order_body(gas, items=order_body(other)["items"]), as_=gas.staff
    ),
    "POST /v1/order-templates customer_id": lambda api, gas, other: _foreign_template(
        api, gas, other, "customer_id"
    ),
    "POST /v1/order-templates product_id": lambda api, gas, other: _foreign_template(api, gas, other, "items"),
    "POST /v1/routes/optimize driver_id": lambda api, gas, other: _foreign_plan(api, gas, other, "vehicles"),
    "POST /v1/routes/optimize order_ids": lambda api, gas, other: api.post(
        "/v1/routes/optimize",
        {**BODIES["POST", "/v1/routes/optimize"](gas), "order_ids": [IDS["order_id"](api, other)]},
        as_=gas.staff,
    ),
    "POST /v1/users driver_id": lambda api, gas, other: api.post(
        "/v1/users",
        {"username": "x@example.com", "password": PASSWORD, "name": "N", "role": "driver"}
        | {"driver_id": other.driver.id},
        as_=gas.admin,
    ),
    "POST /v1/notifications/preview order_id": lambda api, gas, other: api.post(
        "/v1/notifications/preview", {"text": "x", "order_id": IDS["order_id"](api, other)}, as_=gas.staff
    ),
    "POST /v1/routes order_id": lambda api, gas, other: plan(api, gas, [IDS["order_id"](api, other)]),
    "POST /v1/routes/{route_id}/assign driver_id": lambda api, gas, other: api.post(
        f"/v1/routes/{IDS['route_id'](api, gas)}/assign", {"driver_id": other.driver.id}, as_=gas.staff
    ),
    "GET /v1/events channel": lambda api, gas, other: api.get(
        "/v1/events", query={"channel": f"order:{IDS['order_id'](api, other)}", "since": "0"}, as_=gas.staff
    ),
}


@pytest.mark.parametrize("ask", FOREIGN.values(), ids=FOREIGN.keys())
def test_ids_of_another_business_in_fields_are_refused(
    api: ApiClient, gas: Business, ask: Callable[[ApiClient, Business, Business], Answer]
) -> None:
    answer = ask(api, gas, delivery_business())
    assert answer.status in (403, 404, 422), answer.body


@pytest.mark.parametrize("path", sorted({route.path for route in GUARDED if route.method == "GET"} - WITH_WORDS))
def test_lists_hold_nothing_of_another_business(api: ApiClient, path: str) -> None:
    route = next(each for each in GUARDED if (each.method, each.path) == ("GET", path))
    gas, other = business_for(route), business_for(route)
    for name, make in IDS.items():
        if (name == "table_id") == (other.tenant.kind == "table"):
            make(api, other)
    assert route.roles is not None
    asker = who(gas, "admin" if "admin" in route.roles else min(route.roles))
    answer = call(api, route, gas, {}, as_=asker)
    assert answer.status == 200, answer.body
    drivers = (row.id for _, row in other.drivers)
    theirs = {other.tenant.id, other.staff.id, *drivers, *(row.id for row in other.products)}
    assert not [each for each in theirs if each in json.dumps(answer.body)]
