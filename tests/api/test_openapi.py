"""The OpenAPI document is valid, tells of every route, and its page shows it."""

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.document import document
from chalicelib.api.http import ROUTES
from tests.api_client import ApiClient


@pytest.fixture
def served(api: ApiClient) -> dict[str, Any]:
    answer = api.get("/v1/openapi.json")
    assert answer.status == 200
    body: dict[str, Any] = answer.body
    return body


def test_the_document_is_valid_openapi_3_1(served: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_a_document_that_is_not_would_be_noticed(served: dict[str, Any]) -> None:
    del served["paths"]["/v1/orders"]["get"]["responses"]
    served["info"].pop("title")
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) != []


def test_every_route_is_in_it_under_an_id_of_its_own(served: dict[str, Any]) -> None:
    told = {
        (method.upper(), path): operation
        for path, operations in served["paths"].items()
        for method, operation in operations.items()
    }
    assert told.keys() == {(route.method, route.path) for route in ROUTES}
    ids = [operation["operationId"] for operation in told.values()]
    assert sorted(set(ids)) == sorted(ids)
    assert all(operation["summary"] for operation in told.values()), "each view has a docstring"


def test_it_says_who_may_call_what(served: dict[str, Any]) -> None:
    login, users = served["paths"]["/v1/auth/login"]["post"], served["paths"]["/v1/users"]["get"]
    assert (login["security"], "x-roles" in login) == ([], False)
    assert (users["security"], users["x-roles"]) == ([{"bearer": []}], ["admin"])


def test_every_answer_has_a_shape(served: dict[str, Any]) -> None:
    for path, operations in served["paths"].items():
        for method, operation in operations.items():
            [good] = [status for status in operation["responses"] if status.startswith("2")]
            content = operation["responses"][good].get("content", {})
            assert (good == "204") == (content == {}), (method, path)
            assert all(media["schema"] for media in content.values()), (method, path)


def test_a_report_comes_as_json_or_as_csv(served: dict[str, Any]) -> None:
    content = served["paths"]["/v1/reports/sales"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/SalesReport"}
    assert content["text/csv"]["schema"] == {"type": "string", "contentMediaType": "text/csv"}


def test_patterns_are_those_of_json_schema() -> None:
    assert r"\\Z" not in json.dumps(document())


def test_the_page_shows_every_route_and_runs_no_script(api: ApiClient) -> None:
    page = api.page("GET", "/v1/docs", {})
    text = page.body.decode()
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert all(f"<code>{route.path}</code>" in text for route in ROUTES)
