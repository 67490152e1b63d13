"""A damaged row does not affect others: every list and figure is the same as without it, and a request for the row
gets a clear error.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import Struct

from chalicelib.api.http import ROUTES, Route
from chalicelib.core.clock import local_day, now
from chalicelib.models.base import Table
from chalicelib.models.customer import Customer
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.driver import Driver
from chalicelib.models.file_import import FileImport
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.route import Route as RouteRow
from chalicelib.models.user import User
from tests.api_client import ApiClient
from tests.factories import Business, delivery_business, table_business
from tests.isolation.neighbour import busy
from tests.isolation.requests import QUERIES
from tests.isolation.test_isolation import PARAMETER, WITH_IDS, call, kind_for, named, prepared
from tests.models.damage import Damage, add_damaged_copies, damage_row, of_another_type, without_it
from tests.models.items import models
from tests.world import World

# Fields whose values differ from one moment to the next.
_MOVING = ("/v1/health", "/v1/openapi.json", "/v1/docs")
_MOST_PAGES = 50

FILTERS: Mapping[str, Sequence[str]] = {
    "/v1/customers": ("q=王", "status=active"),
    "/v1/deliveries": ("date={today}", "driver_id={driver_id}", "outcome=delivered"),
    "/v1/drivers": ("q=陳", "status=active"),
    "/v1/notifications": ("order_id={order_id}", "status=queued", "date={today}"),
    "/v1/order-templates": ("status=active", "customer_id={customer_id}"),
    "/v1/orders": (
        "status=delivered",
        "status=delivered,delivering",
        "status=delivered,delivering&ended_date={today}",
        "date={today}",
        "customer_id={customer_id}",
        "driver_id={driver_id}",
        "updated_since=2026-01-01T00:00:00Z",
        "updated_since=2026-01-01T00:00:00Z&status=delivered",
        "date={today}&driver_id={driver_id}",
    ),
    "/v1/products": ("q=瓦斯", "status=active"),
    "/v1/routes": (
        "date={today}",
        "driver_id={driver_id}",
        "status=planned",
        "status=planned,completed&ended_date={today}",
    ),
    "/v1/tables": ("status=active",),
    "/v1/users": ("q=staff", "status=active"),
    "/v1/imports/{import_id}/rows": ("only=errors",),
}

BY_ID: Mapping[str, type[Table]] = {
    "customer_id": Customer,
    "driver_id": Driver,
    "product_id": Product,
    "user_id": User,
    "order_id": Order,
    "notification_id": Notification,
    "table_id": DiningTable,
    "token_id": DisplayToken,
    "import_id": FileImport,
    "template_id": OrderTemplate,
    "route_id": RouteRow,
    "session_id": RefreshToken,
}


def test_every_filter_of_every_list_is_asked_for() -> None:
    for route in ROUTES:
        query: type[Struct] | None = route.view.__annotations__.get("query")
        if query is not None and "cursor" in query.__struct_fields__:
            filters = set(query.__struct_fields__) - {"limit", "cursor"}
            documented = {
                each.partition("=")[0] for text in FILTERS.get(route.path, ()) for each in text.split("&")
            }
            assert filters <= documented | ({"q"} if route.path == "/v1/tables" else set()), route.path


@pytest.mark.parametrize("damage", [without_it, of_another_type])
@pytest.mark.parametrize("make", [delivery_business, table_business])
def test_lists_and_reports_omit_damaged_rows(world: World, make: Callable[[], Business], damage: Damage) -> None:
    own = make()
    found = busy(world, own)
    before = {target: read(world.api, own, target) for target in targets(own, found)}
    assert before
    lists = [target for target, body in before.items() if isinstance(body, dict) and body.get("items")]

    tables = add_damaged_copies(models(), damage)

    assert {"orders", "products", "users", "connections"} <= tables
    for target, undamaged in before.items():
        assert read(world.api, own, target) == undamaged, target
    for target in lists:
        if "next_cursor" in before[target]:
            assert walked(world.api, own, target) == before[target]["items"], target


@pytest.mark.parametrize(("make", "expected"), [(delivery_business, 6), (table_business, 2)])
def test_a_list_has_no_cursor_after_its_last_row(
    world: World, make: Callable[[], Business], expected: int
) -> None:
    own = make()
    lists = 0
    for target in targets(own, busy(world, own)):
        body = read(world.api, own, target)
        if not isinstance(body, dict) or not body.get("items") or "next_cursor" not in body:
            continue
        lists += 1
        whole = read(world.api, own, f"{target}{'&' if '?' in target else '?'}limit={len(body['items'])}")
        assert (whole["items"], whole["next_cursor"]) == (body["items"], None), target
    assert lists >= expected


@pytest.mark.parametrize("route", [each for each in WITH_IDS if each.roles is not None], ids=named)
def test_a_damaged_row_is_neither_missing_nor_a_crash(api: ApiClient, route: Route) -> None:
    business, principal, path = prepared(api, route)
    name = next(each for each in PARAMETER.findall(route.path) if each in BY_ID)
    row_id = path.split("/")[route.path.split("/").index(f"{{{name}}}")]
    if principal is not None and principal.id == row_id:
        principal = business.admin
    key = {"session_id": row_id} if name == "session_id" else {"tenant_id": business.tenant.id, "id": row_id}
    damage_row(BY_ID[name], key)

    answer = call(api, route, business, {name: row_id}, as_=principal)

    assert answer.status != 404, answer.body
    assert answer.status < 500 or answer.body["code"] == "row_unreadable", answer.body


def targets(own: Business, found: Mapping[str, str]) -> Iterator[str]:
    """Every path that is read in the business, lists with each of their filters, too."""
    words = {"today": local_day(now(), own.tenant.time_zone), **found}
    if own.drivers:
        words |= {"driver_id": own.driver.id}
    if own.customer:
        words |= {"customer_id": own.customer.id}
    for route in ROUTES:
        if route.method != "GET" or route.roles is None or kind_for(route) != own.tenant.kind:
            continue
        if route.path.startswith(_MOVING) or not set(PARAMETER.findall(route.path)) <= words.keys():
            continue
        for query in (urlencode(QUERIES.get(route.path, {})), *FILTERS.get(route.path, ())):
            yield f"{route.path}?{query}".rstrip("?").format(**words)


def read(api: ApiClient, own: Business, target: str) -> Any:
    """What an admin reads there."""
    answer = api.get(target, as_=own.admin)
    assert answer.status == 200, (target, answer.body)
    if target.startswith("/v1/reports/daily"):
        # Counted in DynamoDB, by the ids alone.
        del answer.body["created"]
    return answer.body


def walked(api: ApiClient, own: Business, target: str) -> list[Any]:
    """All of a list, in the smallest pages."""
    found, cursor = [], ""
    for _ in range(_MOST_PAGES):
        body = read(api, own, f"{target}{'&' if '?' in target else '?'}limit=1{cursor}")
        found += body["items"]
        if body.get("next_cursor") is None:
            return found
        cursor = f"&cursor={body['next_cursor']}"
    raise AssertionError(f"{target} goes on for ever")
