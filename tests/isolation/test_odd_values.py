"""Any values that the types allow lead to an answer or a refusal, never to an internal error."""

import pytest

from chalicelib.api.http import ROUTES, Route
from chalicelib.sockets.answers import ANSWERS
from tests.deliveries.doors import on_the_way
from tests.factories import Business
from tests.isolation.odd_values import as_text, odd
from tests.isolation.requests import BODIES, QUERIES
from tests.isolation.test_isolation import named, prepared
from tests.world import World

TAKING = [route for route in ROUTES if route.view.__annotations__.keys() & {"body", "query"}]
ACCIDENTS = range(500, 600)


@pytest.mark.parametrize("route", TAKING, ids=named)
def test_an_odd_value_is_taken_or_refused(world: World, route: Route) -> None:
    api = world.api
    business, principal, path = prepared(api, route)
    requested = route.view.__annotations__
    query = dict(QUERIES.get(route.path, {}))
    body = BODIES[route.method, route.path](business) if "body" in requested else None
    sent = [(query, each) for each in odd(requested["body"], body)] if "body" in requested else []
    if "query" in requested:
        for each in odd(requested["query"], query):
            texts = {name: text for name, value in each.items() if (text := as_text(value)) is not None}
            sent.append((texts, body))
    for texts, content in sent:
        answer = api.call(route.method, path, content, query=texts, as_=principal)
        assert answer.status not in ACCIDENTS, (texts, content, answer.body)
    collection = "/".join(path.split("/")[:3])
    if route.roles is not None and any(each.path == collection and each.method == "GET" for each in ROUTES):
        assert api.get(collection, as_=principal).status < ACCIDENTS.start, "what was taken can be shown"


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_an_odd_value_on_a_socket_is_taken_or_refused(world: World, gas: Business, kind: str) -> None:
    order_id = on_the_way(world.api, gas)
    messages = [{"type": kind, **each} for each in odd(ANSWERS[kind].shape)]
    messages += [{**each, "order_id": order_id} for each in messages if "order_id" in each]
    answered = []
    # So few at once that the socket is not closed for its refusals.
    for n in range(0, len(messages), 90):
        driver = world.connect(gas.driver_user)
        for message in messages[n : n + 90]:
            world.send(driver, message)
        answered += world.received(driver)
    assert len(answered) >= len(messages)
    assert not {"internal_error", "too_many_refusals"} & {received.get("code") for received in answered}
