"""Lists of large orders: pages within Lambda's limit, and no order omitted."""

import json
from typing import Any

import pytest

from chalicelib.models.order import HistoryEntry, Order
from tests.api_client import Answer, ApiClient
from tests.factories import Business, order_body

# Lambda's limit for an answer, in bytes of its JSON.
LAMBDA_LIMIT = 6 * 1024 * 1024
COUNT = 24


def lambda_bytes(answer: Answer) -> int:
    """The bytes that Lambda counts: the function's answer as ASCII JSON with the body as one text."""
    return len(json.dumps({"statusCode": 200, "body": json.dumps(answer.body, ensure_ascii=False)}))


@pytest.fixture
def large_orders(api: ApiClient, gas: Business) -> list[str]:
    """Orders that are 7 MB together as Lambda counts; their ids, newest first."""
    ids = []
    for _ in range(COUNT):
        order = api.post("/v1/orders", order_body(gas, notes="記" * 2000), as_=gas.staff).body
        row = Order.get(gas.tenant.id, order["id"])
        entry = HistoryEntry(status="confirmed", at=row.created_at, by="u", reason="𠮷" * 300)
        row.history = [entry] * 75
        row.save()
        ids.append(order["id"])
    return ids[::-1]


def parts(api: ApiClient, gas: Business, path: str, **query: str) -> list[Answer]:
    """The answers of a client that reads a list to its end."""
    answers: list[Answer] = []
    cursor: dict[str, Any] = {}
    while not answers or cursor:
        answers.append(api.get(path, as_=gas.staff, query={"limit": "100", **query, **cursor}))
        assert answers[-1].status == 200
        cursor = {"cursor": answers[-1].body["next_cursor"]} if answers[-1].body["next_cursor"] else {}
    return answers


def test_a_list_of_large_orders_comes_in_parts_that_lambda_passes_on(
    api: ApiClient, gas: Business, large_orders: list[str]
) -> None:
    assert gas.customer is not None
    for path, query, expected in (
        ("/v1/orders", {}, large_orders),
        ("/v1/orders", {"updated_since": "2020-01-01T00:00:00Z"}, large_orders[::-1]),
        (f"/v1/customers/{gas.customer.id}/orders", {}, large_orders),
    ):
        answers = parts(api, gas, path, **query)
        assert len(answers) > 1
        assert max(lambda_bytes(answer) for answer in answers) < LAMBDA_LIMIT
        assert [order["id"] for answer in answers for order in answer.body["items"]] == expected


def test_a_route_of_large_orders_marks_the_orders_without_lines(
    api: ApiClient, gas: Business, large_orders: list[str]
) -> None:
    for order_id in large_orders:
        assert api.post(f"/v1/orders/{order_id}/status", {"status": "confirmed"}, as_=gas.staff).status == 200
    # As large as an order may be: lines with the longest names.
    name = "𠮷" * 100
    for order_id in large_orders:
        row = Order.get(gas.tenant.id, order_id)
        line = row.items[0]
        line.name = name
        row.items = [line] * 100
        row.save()
    day = Order.get(gas.tenant.id, large_orders[0]).scheduled_date
    body = {"date": day, "stops": [{"order_id": order_id} for order_id in large_orders]}
    made = api.post("/v1/routes", body, as_=gas.staff)
    answer = api.get(f"/v1/routes/{made.body['id']}", as_=gas.staff)
    assert (made.status, answer.status) == (201, 200)
    assert max(lambda_bytes(made), lambda_bytes(answer)) < LAMBDA_LIMIT
    orders = [stop["order"] for stop in answer.body["stops"]]
    assert [order["id"] for order in orders] == large_orders
    whole = [order for order in orders if "truncated" not in order]
    assert 0 < len(whole) < COUNT
    assert all(len(order["items"]) == 100 for order in whole)
    for order in orders:
        assert (order["status"], order["customer_name"]) == ("confirmed", "王小姐")
        assert (order["items"] == order["history"] == []) == (order.get("truncated") is True)
