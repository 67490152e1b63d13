"""Ids in fields of bodies and queries: another tenant's id is treated like one that does not exist.

The tests are generated from the endpoints' types, so that they cover new fields.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from msgspec import inspect

from chalicelib.api.http import Route
from chalicelib.core.fields import Id
from tests.api_client import Answer, ApiClient
from tests.factories import Business, delivery_business
from tests.isolation.neighbour import busy
from tests.isolation.requests import BEFORE, BODIES, WITH_FIELD, WORDS
from tests.isolation.test_isolation import GUARDED, NOBODYS, ids, named, stored, user_of
from tests.world import World

ID = inspect.type_info(Id)
ANY = "*"


class Field(NamedTuple):
    """A field of a body or a query that holds an id; name: its path with dots, `*` for each of a list."""

    route: Route
    name: str

    def __str__(self) -> str:
        return f"{named(self.route)} {self.name}"


def leaves(shape: inspect.Type, path: tuple[str, ...] = ()) -> Iterator[tuple[str, inspect.Type]]:
    """Everything in a shape that is no object, no list and no choice, by its path."""
    if isinstance(shape, inspect.Metadata):
        if shape == ID:
            yield ".".join(path), ID
        yield from leaves(shape.type, path)
    elif isinstance(shape, inspect.UnionType):
        for each in shape.types:
            yield from leaves(each, path)
    elif isinstance(shape, inspect.CollectionType | inspect.VarTupleType):
        yield from leaves(shape.item_type, (*path, ANY))
    elif isinstance(shape, inspect.DictType):
        yield from leaves(shape.value_type, (*path, ANY))
    elif isinstance(shape, inspect.StructType | inspect.TypedDictType):
        for field in shape.fields:
            yield from leaves(field.type, (*path, field.encode_name))
    elif not isinstance(shape, inspect.NoneType):
        yield ".".join(path), shape


def fields(part: str) -> list[Field]:
    """The fields that hold an id, by name or type, in bodies or queries."""
    found = []
    for route in GUARDED:
        if part in route.view.__annotations__:
            shape = inspect.type_info(route.view.__annotations__[part])
            names = {
                name
                for name, leaf in leaves(shape)
                if leaf is ID or name.removesuffix(f".{ANY}").endswith(("_id", "_ids"))
            }
            found += [Field(route, name) for name in sorted(names)]
    return found


def value(body: Any, name: str) -> Any:
    """The value of a field; for a list, that of its first element."""
    for step in name.split("."):
        body = body[0] if step == ANY else body[step]
    return body


def with_value(body: Any, name: str, there: str) -> Any:
    """The body with another value in a field."""
    changed = deepcopy(body)
    *way, last = name.split(".")
    holder = value(changed, ".".join(way)) if way else changed
    holder[0 if last == ANY else last] = there
    return changed


def good_body(api: ApiClient, field: Field, business: Business) -> Any:
    """A body that is good in the business, with an id in the field."""
    method, path = field.route.method, field.route.path
    if (fill := WITH_FIELD.get((method, path, field.name))) is not None:
        return fill(api, business)
    body = BODIES[method, path](business)
    try:
        value(body, field.name)
    except LookupError:
        pytest.fail(f"{field}: say in tests/isolation/requests.py how it is filled")
    return body


def refused_alike(one: Answer, other: Answer, ids_sent: tuple[str, str]) -> bool:
    """Whether two answers differ only in the id that was sent."""
    texts = (
        json.dumps(answer.body).replace(sent, "") for answer, sent in zip((one, other), ids_sent, strict=True)
    )
    return one.status == other.status and len(set(texts)) == 1


def test_the_bodies_with_ids_are_of_existing_fields() -> None:
    there = {(field.route.method, field.route.path, field.name) for field in fields("body")}
    assert there >= WITH_FIELD.keys()


@pytest.mark.parametrize("field", fields("body"), ids=str)
def test_an_id_of_another_business_in_a_body_is_refused_as_nobodys_is(api: ApiClient, field: Field) -> None:
    route, gas, other = field.route, delivery_business(), delivery_business()
    assert route.roles is not None
    principal = user_of(gas, "admin" if "admin" in route.roles else min(route.roles))
    found = ids(api, route, gas)
    if (before := BEFORE.get((route.method, route.path))) is not None:
        before(api, gas, *found.values())
    good, foreign = good_body(api, field, gas), value(good_body(api, field, other), field.name)
    path = route.path.format(**WORDS, **found)
    api.token(principal)
    untouched = stored()
    theirs, nobodys = (
        api.call(route.method, path, with_value(good, field.name, each), as_=principal)
        for each in (foreign, NOBODYS[0])
    )
    assert theirs.status in (404, 422), theirs.body
    assert refused_alike(theirs, nobodys, (foreign, NOBODYS[0])), (theirs.body, nobodys.body)
    assert stored() == untouched
    # It was the id alone that was refused.
    own = api.call(route.method, path, good, as_=principal)
    assert own.status == route.status, own.body


@pytest.mark.parametrize("field", fields("query"), ids=str)
def test_an_id_of_another_business_in_a_query_finds_nothing(world: World, field: Field) -> None:
    gas, other = delivery_business(), delivery_business()
    own, theirs = busy(world, gas), busy(world, other)
    assert field.name in theirs, f"{field}: say in tests/isolation/neighbour.py what it is"
    route = field.route
    assert route.roles is not None
    principal = user_of(gas, "admin" if "admin" in route.roles else min(route.roles))
    for found, some in ((own, True), (theirs, False)):
        answer = world.api.get(route.path, query={field.name: found[field.name]}, as_=principal)
        assert (answer.status, bool(answer.body["items"])) == (200, some), answer.body


@pytest.mark.parametrize("kind", ["order", "route", "driver", "user"])
def test_a_channel_of_another_business_has_no_events(world: World, kind: str) -> None:
    gas, other = delivery_business(), delivery_business()
    theirs = busy(world, other)
    channel = f"{kind}:{theirs[f'{kind}_id']}"
    sent = {"channel": channel, "type": "alert", "data": {}}
    assert world.api.post("/v1/realtime/publish", sent, as_=other.staff).status == 202
    world.deliver()
    query = {"channel": channel, "since": "0"}
    assert world.api.get("/v1/events", query=query, as_=other.staff).body["items"]
    answer = world.api.get("/v1/events", query=query, as_=gas.staff)
    assert answer.status == 404 or (answer.body["items"], answer.body["cursor"]) == ([], 0), answer.body
