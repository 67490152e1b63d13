"""Every route with a body refuses an invalid one with a clear error and writes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.api.http import ROUTES, Route
from tests.api_client import ApiClient
from tests.isolation.requests import BODIES
from tests.isolation.test_isolation import named, prepared, stored_but

# A wrong password is not an invalid body: it is counted as an attempt.
TRIES = {"/v1/auth/password"}
TAKING = [
    route
    for route in ROUTES
    if "body" in route.view.__annotations__ and route.roles is not None and route.path not in TRIES
]
RAW = (b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b'{"a":' * 2000, b'{"x": NaN}', b"[" * 100_000)


def broken(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies that no client would send on purpose."""
    yield {**good, "no_such_field": 1}
    yield {**good, "tenant_id": "another"}
    for name, value in good.items():
        if not isinstance(value, dict):
            yield {**good, name: {"an": "object"}}
        yield {**good, name: [[]]}
        if isinstance(value, str):
            yield {**good, name: "x" * 5_000}
            yield {**good, name: "\x00"}
            yield {**good, name: 10**400}
        if isinstance(value, int | float):
            yield {**good, name: "many"}
            yield {**good, name: -(10**30)}


@pytest.mark.parametrize("route", TAKING, ids=named)
def test_a_body_that_cannot_be_meant_is_refused_and_nothing_is_written(api: ApiClient, route: Route) -> None:
    business, principal, path = prepared(api, route)
    assert principal is not None
    good = BODIES[route.method, route.path](business)
    api.token(principal)
    # A wrong password is counted, and no more than that.
    untouched = stored_but("rate_limits")
    for body in broken(good):
        answer = api.call(route.method, path, body, as_=principal)
        assert (answer.status, answer.body["code"]) != (404, "not_found")
        assert 400 <= answer.status < 500, (body, answer.body)
        assert answer.headers["content-type"] == "application/problem+json"
    for raw in RAW:
        answer = api.call(route.method, path, raw=raw, as_=principal)
        assert answer.status in (400, 422), (raw[:20], answer.body)
    answer = api.call(route.method, path, raw=b" " * 200_000, as_=principal)
    assert (answer.status, answer.body["code"]) == (413, "too_large")
    answer = api.call(route.method, path, good, as_=principal, headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert stored_but("rate_limits") == untouched
