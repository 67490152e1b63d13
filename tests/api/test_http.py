"""The common handling of requests and answers by all endpoints."""

import io

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.api.request import MAX_BODY_BYTES, decoded
from chalicelib.core.errors import BadRequest, Invalid
from chalicelib.models.customer import Customer
from chalicelib.orders.drafts import OrderDraft
from tests.api_client import ApiClient
from tests.core.test_metrics import lines, metrics
from tests.factories import Business
from tests.models.damage import damage_item, of_another_type


def test_without_a_token_there_is_nothing_to_see(api: ApiClient) -> None:
    answer = api.get("/v1/orders")
    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.body) >= {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer not-a-token", "token"])
def test_a_header_that_is_no_bearer_token_is_refused(api: ApiClient, header: str) -> None:
    assert api.get("/v1/orders", headers={"Authorization": header}).status == 401


def test_pages_of_other_origins_may_read_when_an_answer_was_sent_and_when_to_ask_again(
    api: ApiClient, gas: Business
) -> None:
    exposed = api.get("/v1/orders", as_=gas.staff).headers["access-control-expose-headers"].split(",")
    assert {"Date", "Retry-After"} <= set(exposed)


def test_malformed_json_is_a_bad_request(api: ApiClient, gas: Business) -> None:
    for raw in (b"", b"{", b"\xff\xfe", b'{"items": [{"name": ', b"nul"):
        answer = api.post("/v1/orders", raw=raw, as_=gas.staff)
        assert (answer.status, answer.body["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"text"', b"7"])
def test_json_that_is_no_object_is_invalid(api: ApiClient, gas: Business, raw: bytes) -> None:
    assert api.post("/v1/orders", raw=raw, as_=gas.staff).status == 422


def test_another_content_type_is_refused(api: ApiClient, gas: Business) -> None:
    answer = api.post(
        "/v1/orders", raw=b"a=b", as_=gas.staff, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


def test_a_charset_beside_the_content_type_is_fine(api: ApiClient, gas: Business) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert api.post("/v1/orders", {}, as_=gas.staff, headers=headers).status == 422


def test_a_body_over_the_limit_is_too_large(api: ApiClient, gas: Business) -> None:
    answer = api.post("/v1/orders", raw=b" " * (MAX_BODY_BYTES + 1), as_=gas.staff)
    assert (answer.status, answer.body["code"]) == (413, "too_large")


def test_forbidden_content_of_a_text_is_explained(api: ApiClient, gas: Business) -> None:
    answer = api.post("/v1/orders", {"customer_id": "a b", "items": []}, as_=gas.staff)
    customer = api.post("/v1/customers", {"name": "a\x00b"}, as_=gas.staff)
    assert answer.body["errors"] == [{"field": "customer_id", "message": "letters, digits, - and _ only"}]
    assert customer.body["errors"] == [{"field": "name", "message": "no control characters"}]


@pytest.mark.parametrize(
    ("sent", "stored"), [("checkout-1234", True), ("short", False), ("x" * 65, False), ("a b c d e f", False)]
)
def test_a_valid_correlation_id_is_used_and_an_invalid_one_replaced(
    api: ApiClient, sent: str, stored: bool
) -> None:
    answered = api.get("/v1/health", headers={"X-Correlation-Id": sent}).headers["x-correlation-id"]
    assert (answered == sent) is stored
    assert answered


def test_a_parameter_that_is_repeated_has_its_last_value(api: ApiClient, gas: Business) -> None:
    wrong, right = "limit=none", "limit=1"

    assert api.get(f"/v1/orders?{wrong}&{right}", as_=gas.admin).status == 200
    assert api.get(f"/v1/orders?{right}&{wrong}", as_=gas.admin).status == 422


def test_answers_are_not_cached_nor_sniffed_and_any_origin_may_read_them(api: ApiClient) -> None:
    headers = api.get("/v1/health").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["access-control-allow-origin"] == "*"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.binary())
def test_any_undecodable_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises((BadRequest, Invalid)):
        decoded(raw, OrderDraft)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {"items": _JSON},
        optional=dict.fromkeys(("customer_id", "customer_name", "location", "notes", "scheduled_date"), _JSON),
    )
)
def test_no_json_causes_a_server_error(api: ApiClient, gas: Business, body: object) -> None:
    assert api.post("/v1/orders", body, as_=gas.staff).status < 500


def test_a_damaged_row_is_answered_and_logged_by_its_key_and_without_a_value(
    api: ApiClient, gas: Business, logged: io.StringIO
) -> None:
    assert gas.customer is not None
    key = {"tenant_id": gas.tenant.id, "id": gas.customer.id}
    damage_item(Customer, key, of_another_type, "name")

    answer = api.get(f"/v1/customers/{gas.customer.id}", as_=gas.staff)

    assert (answer.status, answer.body["code"]) == (500, "row_unreadable")
    assert answer.headers["content-type"] == "application/problem+json"
    (line,) = (line for line in lines(logged) if line["message"] == "row_unreadable")
    assert (line["table"], line["key"], line["reason"]) == ("customers", key, "wrong type: name")
    assert line["correlation_id"] == answer.headers["x-correlation-id"]
    assert "和平東路" not in logged.getvalue()
    assert metrics(logged)["RowsUnreadable"] == 1
