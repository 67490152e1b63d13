"""Every list, figure and setting of a tenant is the same as without other tenants."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.api.http import Route
from tests.factories import Business, delivery_business, table_business
from tests.isolation.neighbour import busy
from tests.isolation.test_isolation import GUARDED, call, kind_for, user_of
from tests.world import World

# Not the hours of the whole platform.
READ = [
    route
    for route in GUARDED
    if route.method == "GET" and "{" not in route.path and route.path != "/v1/health/hours"
]


def read(world: World, route: Route, business: Business) -> Any:
    assert route.roles is not None
    principal = user_of(business, "admin" if "admin" in route.roles else min(route.roles))
    answer = call(world.api, route, business, {}, as_=principal)
    assert answer.status == 200, answer.body
    return answer.body


def shown(theirs: set[str], body: Any) -> list[str]:
    """Which of them stand in an answer."""
    text = json.dumps(body)
    return sorted(each for each in theirs if each in text)


# moto copies its tables for each transaction.
@pytest.mark.parametrize("make", [delivery_business, table_business])
def test_answers_to_a_business_neither_contain_nor_depend_on_data_of_another(
    world: World, make: Callable[[], Business]
) -> None:
    own = make()
    routes = [route for route in READ if kind_for(route) == own.tenant.kind]
    assert routes
    before = {route.path: read(world, route, own) for route in routes}
    other = make()
    theirs = {other.staff.id, *busy(world, other).values()}
    leaking = {}
    for route in routes:
        path, there = route.path, read(world, route, other)
        # A list without them could not show that it keeps them to itself; figures need only differ.
        assert shown(theirs, there) if "items" in there else there != before[path], f"{path}: say how it fills"
        here = read(world, route, own)
        if shown(theirs, here) or here != before[path]:
            leaking[path] = here
    assert leaking == {}
