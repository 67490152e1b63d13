"""Answers during an outage of AWS: 503 with `Retry-After`, and never an internal error."""

from typing import Any

import pytest

from chalicelib.api.http import ROUTES, Route
from chalicelib.core.errors import Busy, Unavailable
from chalicelib.core.outages import unavailable
from tests.api_client import Answer, ApiClient
from tests.deliveries.doors import confirm, on_the_way, uploaded
from tests.factories import Business, order_body
from tests.isolation.requests import BODIES, QUERIES
from tests.isolation.test_isolation import named, prepared
from tests.lost_answers import ATTEMPTS, WRITES
from tests.outages import FAILURES, WRONG, away

# Pages and the document are in the package. Links answer with pages.
_PAGES = ("/console", "/v1/docs", "/v1/openapi", "/v1/l/", "/v1/t/")
STORED = [route for route in ROUTES if not route.path.startswith(_PAGES)]


def is_unavailable(answer: Answer) -> bool:
    return (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "unavailable", "5")


@pytest.mark.parametrize("route", STORED, ids=named)
def test_every_endpoint_reports_an_unreachable_database(api: ApiClient, route: Route) -> None:
    business, principal, path = prepared(api, route)
    if principal is not None:
        api.token(principal)
    body = BODIES.get((route.method, route.path))

    def ask() -> Answer:
        return api.call(route.method, path, body and body(business), query=QUERIES.get(route.path), as_=principal)

    with away(FAILURES["read timeout"]) as failed:
        answer = ask()
    if failed:
        assert is_unavailable(answer), answer.body
    with away(FAILURES["reset"], operations=WRITES) as failed:
        answer = ask()
    if failed:
        assert is_unavailable(answer), answer.body


@pytest.mark.parametrize("failure", FAILURES)
def test_every_kind_of_outage_is_one_in_reads_writes_and_transactions(
    api: ApiClient, gas: Business, failure: str
) -> None:
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    requests: list[tuple[str, str, str, Any]] = [
        ("BatchGetItem", "GET", "/v1/orders", None),
        ("Query", "GET", "/v1/orders", None),
        ("GetItem", "GET", f"/v1/orders/{order['id']}", None),
        ("UpdateItem", "PATCH", f"/v1/orders/{order['id']}", {"notes": "x"}),
        ("PutItem", "POST", "/v1/customers", {"name": "N"}),
        ("TransactWriteItems", "POST", "/v1/orders", order_body(gas)),
    ]
    for operation, method, path, body in requests:
        with away(FAILURES[failure], operations={operation}) as failed:
            answer = api.call(method, path, body, as_=gas.staff)
        assert is_unavailable(answer), (operation, answer.body)
        assert failed == {operation: ATTEMPTS}


def test_a_link_reports_an_unreachable_database(api: ApiClient, aws: None) -> None:
    for method in ("GET", "POST"):
        with away():
            assert is_unavailable(api.call(method, "/v1/l/ABCDEFGHJKMN"))


def test_an_unreachable_queue_is_reported(api: ApiClient, aws: None) -> None:
    with away(services={"sqs"}) as failed:
        answer = api.get("/v1/health")
    assert is_unavailable(answer), answer.body
    assert failed.total() == ATTEMPTS


def test_unreachable_pictures_are_reported(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    key = uploaded(api, gas, order_id, "photo")
    with away(services={"s3"}) as failed:
        answer = confirm(api, gas, order_id, "photo", upload_key=key)
    assert is_unavailable(answer), answer.body
    assert failed.total() == ATTEMPTS


def test_every_503_has_a_retry_time() -> None:
    for refusal in (Unavailable("x"), Busy("x"), unavailable()):
        assert int(refusal.headers["Retry-After"]) > 0


def test_a_request_that_the_database_refuses_as_wrong_is_an_accident(api: ApiClient, gas: Business) -> None:
    api.token(gas.staff)
    for operation, method, path, body in (
        ("PutItem", "POST", "/v1/customers", {"name": "N"}),
        ("BatchGetItem", "GET", "/v1/orders", None),
    ):
        with away(WRONG, operations={operation}) as failed:
            answer = api.call(method, path, body, as_=gas.staff)
        assert (answer.status, answer.body["code"], failed) == (500, "internal_error", {operation: 1})
