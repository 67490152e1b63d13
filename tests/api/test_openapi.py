"""The OpenAPI document is valid, has every route and an example of each, and its page is the viewer."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.console import pages
from chalicelib.api.document import document
from chalicelib.api.document_audiences import describe_audiences
from chalicelib.api.http import ROUTES
from chalicelib.api.page_headers import page_headers
from chalicelib.auth import table_codes
from chalicelib.core.error_codes import ErrorCode
from infra.packaging import ROOT
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
    operation = {
        (method.upper(), path): operation
        for path, operations in served["paths"].items()
        for method, operation in operations.items()
    }
    assert operation.keys() == {(route.method, route.path) for route in ROUTES}
    ids = [operation["operationId"] for operation in operation.values()]
    assert sorted(set(ids)) == sorted(ids)
    assert all(operation["summary"] for operation in operation.values()), "each view has a docstring"


def test_each_operation_names_its_roles(served: dict[str, Any]) -> None:
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


def test_a_sign_in_is_json_or_a_form_and_no_other_body_is(served: dict[str, Any]) -> None:
    bodies = {
        path: set(operation["requestBody"]["content"])
        for path, _, operation in operations(served)
        if "requestBody" in operation
    }
    form = {path for path, media in bodies.items() if media != {"application/json"}}
    assert form == {"/v1/auth/login"}
    content = operation(served, "post", "/v1/auth/login")["requestBody"]["content"]
    assert content.keys() == {"application/json", "application/x-www-form-urlencoded"}
    assert content["application/x-www-form-urlencoded"]["schema"]["$ref"].endswith("/PasswordGrant")
    shape = served["components"]["schemas"]["PasswordGrant"]
    assert shape["required"] == ["username", "password"]
    assert shape["properties"]["grant_type"]["enum"] == ["password"]


def test_each_path_documents_its_answer_to_other_methods(served: dict[str, Any]) -> None:
    assert "`method_not_allowed`" in served["info"]["description"]


def test_patterns_are_those_of_json_schema() -> None:
    assert r"\\Z" not in json.dumps(document())


def test_the_page_is_the_consoles_viewer_under_the_policy_of_all_pages(api: ApiClient) -> None:
    page = api.page("GET", "/v1/docs", {})
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"] == page_headers(pages()["docs"])["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "/console/api-viewer/start" in page.body.decode()


def operation(served: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = served["paths"][path][method]
    return found


def test_each_operation_names_the_statuses_that_it_can_answer_with(served: dict[str, Any]) -> None:
    everywhere = {"429", "500", "503"}
    assert operation(served, "get", "/v1/orders/{order_id}")["responses"].keys() == (
        {"200", "401", "403", "404"} | everywhere
    )
    assert operation(served, "patch", "/v1/orders/{order_id}")["responses"].keys() == (
        {"200", "400", "401", "403", "404", "409", "413", "415", "422"} | everywhere
    )
    assert operation(served, "get", "/v1/health")["responses"].keys() == {"200"} | everywhere
    statuses = {each for _, _, operation in operations(served) for each in operation["responses"]}
    assert all(each.isdigit() for each in statuses), "no 4XX for whatever it may be"


def test_each_refusal_names_its_codes(served: dict[str, Any]) -> None:
    named = served["components"]["responses"]
    for name, status, some in (
        ("Unauthenticated", 401, {"unauthenticated", "token_expired", "wrong_credentials"}),
        ("Conflict", 409, {"conflict", "illegal_transition", "stale_version", "price_changed"}),
        ("NotFound", 404, {"not_found"}),
    ):
        members = named[name]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
        assert members["status"] == {"const": status}
        assert some <= set(members["code"]["enum"])
    assert "Retry-After" in named["TooFast"]["headers"]
    assert "WWW-Authenticate" in named["Unauthenticated"]["headers"]


def test_a_code_in_the_guide_belongs_to_the_status_before_it() -> None:
    guide = (ROOT / "docs" / "api.md").read_text()
    named = {(int(status), code) for status, code in re.findall(r"\b([45]\d\d)\s`([a-z_]+)`", guide)}
    real = {(status, code.value) for code in ErrorCode for status in code.statuses}
    assert len(named) > 30
    assert named - real == set()


def operations(served: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, found in served["paths"].items() for method, each in found.items()]


def test_a_new_resource_has_a_location_header(served: dict[str, Any]) -> None:
    made = {
        path: operation["responses"]["201"]
        for path, _, operation in operations(served)
        if "201" in operation["responses"]
    }
    located = {path for path, answer in made.items() if "Location" in answer["headers"]}
    # A form, and a token that is shown once: neither can be looked at.
    assert made.keys() - located == {"/v1/deliveries/{order_id}/uploads", "/v1/display-tokens"}


def test_an_order_may_be_repeated_under_a_key(served: dict[str, Any]) -> None:
    [key] = [each for each in operation(served, "post", "/v1/orders")["parameters"] if each.get("in") == "header"]
    assert (key["name"], key["required"], key["schema"]["maxLength"]) == ("Idempotency-Key", False, 128)


def test_a_tables_code_is_json_or_a_picture_and_fits_into_its_path(served: dict[str, Any]) -> None:
    content = operation(served, "get", "/v1/tables/{table_id}/qr")["responses"]["200"]["content"]
    assert content.keys() == {"application/json", "image/svg+xml", "image/png"}
    [qr] = [each for each in operation(served, "get", "/v1/t/{qr}")["parameters"] if each.get("in") == "path"]
    assert qr["schema"]["maxLength"] == table_codes.MAX_LENGTH


def members(served: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every member that is text, of all shapes: shape, name, schema."""
    found = []
    for name, shape in served["components"]["schemas"].items():
        for member, schema in shape.get("properties", {}).items():
            choices = schema.get("anyOf", [schema])
            texts = (each for each in choices if each.get("type") == "string" or "enum" in each)
            found += [(name, member, each) for each in texts]
    return found


def test_times_have_a_date_time_format(served: dict[str, Any]) -> None:
    undescribed = [
        (shape, member)
        for shape, member, schema in members(served)
        if member.endswith("_at") and schema.get("format") != "date-time"
    ]
    assert undescribed == []


def test_words_of_a_fixed_set_are_listed(served: dict[str, Any]) -> None:
    fixed = {"status", "outcome", "role", "kind", "state", "step", "payment_status", "payment_method", "provider"}
    fixed |= {"confirmation_type", "language", "format", "token_type"}
    undescribed = {
        (shape, member)
        for shape, member, schema in members(served)
        if member in fixed and not schema.keys() & {"enum", "const"}
    }
    # Several with commas.
    assert undescribed <= {("OrderQuery", "status"), ("RouteQuery", "status")}


@pytest.mark.parametrize("name", ["OrderDraft", "OrderPatch"])
def test_a_table_may_be_named_by_a_text_or_a_number(served: dict[str, Any], name: str) -> None:
    table = served["components"]["schemas"][name]["properties"]["table_number"]
    assert {each["type"] for each in table["anyOf"]} == {"string", "integer", "null"}


def test_a_field_without_audiences_is_named_with_the_table_that_lacks_it(served: dict[str, Any]) -> None:
    schemas = served["components"]["schemas"]
    schemas["CustomerView"]["properties"]["shoe_size"] = {"type": "string"}
    with pytest.raises(
        LookupError, match=r"auth/audiences\.py does not say who receives shoe_size of CustomerView"
    ):
        describe_audiences(schemas, ROUTES)


def test_a_field_that_not_all_readers_receive_names_those_that_do(served: dict[str, Any]) -> None:
    def about(schema: str, name: str) -> tuple[list[str] | None, str | None]:
        member = served["components"]["schemas"][schema]["properties"][name]
        return member.get("x-audiences"), member.get("description")

    assert about("CustomerView", "notes") == (["staff"], "For staff; null for customer.")
    assert about("CustomerView", "name") == (None, None)
    assert about("SeenOrderDetail", "notes") == (
        ["staff", "customer", "driver", "table"],
        "For staff, customer, driver, table; absent for tracker.",
    )
    assert (
        about("SeenOrderDetail", "template_id")[1]
        == "For staff; null for customer, driver; absent for table, tracker."
    )
    assert about("SeenOrderDetail", "driver_id")[1] == (
        "For staff, customer, driver, table, tracker; null for guests unless the driver is on the way."
    )
    assert about("SeenOrderDetail", "money_changes") == (
        ["staff"],
        "For staff; null for customer, driver; absent for table, tracker.",
    )
    assert about("StepView", "reason")[0] == ["staff"]
    assert about("DeliveryView", "pin")[0] == ["staff", "customer"]
    assert about("RouteDetail", "name") == (None, None)
