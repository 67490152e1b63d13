"""Lists of large orders: parts that Lambda passes on, and nothing left out."""

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
    """What Lambda counts: the function's answer as JSON in ASCII, where the body is one text."""
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
    for path, query, wanted in (
        ("/v1/orders", {}, large_orders),
        ("/v1/orders", {"updated_since": "2020-01-01T00:00:00Z"}, large_orders[::-1]),
        (f"/v1/customers/{gas.customer.id}/orders", {}, large_orders),
    ):
        answers = parts(api, gas, path, **query)
        assert len(answers) > 1
        assert max(lambda_bytes(answer) for answer in answers) < LAMBDA_LIMIT
        assert [order["id"] for answer in answers for order in answer.body["items"]] == wanted
