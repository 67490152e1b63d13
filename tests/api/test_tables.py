"""`/v1/tables`: unique numbers, versions, suspension, and codes as JSON, SVG and PNG."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import pytest

from chalicelib.auth.table_codes import read_table_code
from chalicelib.models.table_number import TableNumber
from tests.api_client import Answer, ApiClient
from tests.calls import just_before
from tests.factories import Business, table_business


def create(api: ApiClient, restaurant: Business, number: str = "A1", **values: Any) -> dict[str, Any]:
    answer = api.post("/v1/tables", {"number": number, **values}, as_=restaurant.staff)
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"/api/v1/tables/{answer.body['id']}"
    created: dict[str, Any] = answer.body
    return created


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def test_a_table_is_created_shown_and_listed(api: ApiClient, restaurant: Business) -> None:
    table = create(api, restaurant, seats=6)
    assert (table["seats"], table["status"], table["qr_generation"], table["version"]) == (6, "active", 1, 1)
    assert api.get(f"/v1/tables/{table['id']}", as_=restaurant.admin).body == table
    assert api.get("/v1/tables", as_=restaurant.staff).body == {"items": [table], "next_cursor": None}
    assert api.get("/v1/tables", as_=restaurant.staff, query={"q": "a1"}).body["items"] == [table]


@pytest.mark.parametrize("again", ["A1", "a1", "Ａ１"])
def test_a_number_is_given_once(api: ApiClient, restaurant: Business, again: str) -> None:
    create(api, restaurant)
    assert refused(api.post("/v1/tables", {"number": again}, as_=restaurant.staff)) == (409, "number_taken")
    other = create(api, restaurant, "A2")
    path = f"/v1/tables/{other['id']}"
    assert refused(api.patch(path, {"number": again}, as_=restaurant.staff)) == (409, "number_taken")
    assert api.get(path, as_=restaurant.staff).body == other
    create(api, table_business(), again)


def test_one_of_two_concurrent_claims_of_a_number_gets_a_conflict(api: ApiClient, restaurant: Business) -> None:
    token = api.token(restaurant.staff)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/tables", {"number": "A1"}, token=token), range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


def test_a_new_number_frees_the_old_one(api: ApiClient, restaurant: Business) -> None:
    table = create(api, restaurant)
    changed = api.patch(
        f"/v1/tables/{table['id']}", {"number": "窗邊", "seats": 2, "version": 1}, as_=restaurant.staff
    )
    assert changed.status == 200, changed.body
    assert (changed.body["number"], changed.body["seats"], changed.body["version"]) == ("窗邊", 2, 2)
    create(api, restaurant)
    assert {row.number for row in TableNumber.query(restaurant.tenant.id)} == {"窗邊", "a1"}
    assert api.patch(f"/v1/tables/{table['id']}", {"number": "窗邊"}, as_=restaurant.staff).body["version"] == 2


@pytest.mark.parametrize("changes", [{"number": "B1"}, {"seats": 9}, {"status": "suspended"}])
def test_a_stale_version_is_refused(api: ApiClient, restaurant: Business, changes: dict[str, Any]) -> None:
    table = create(api, restaurant)
    path = f"/v1/tables/{table['id']}"
    api.patch(path, {"seats": 8}, as_=restaurant.staff)
    assert refused(api.patch(path, {**changes, "version": 1}, as_=restaurant.staff)) == (409, "stale_version")
    assert api.get(path, as_=restaurant.staff).body["version"] == 2
    assert [row.number for row in TableNumber.query(restaurant.tenant.id)] == ["a1"]


def test_one_of_two_concurrent_renames_of_a_table_gets_a_conflict(api: ApiClient, restaurant: Business) -> None:
    path = f"/v1/tables/{create(api, restaurant)['id']}"
    with just_before("TransactWriteItems", lambda: api.patch(path, {"seats": 8}, as_=restaurant.staff)):
        late = api.patch(path, {"number": "B1"}, as_=restaurant.staff)
    assert refused(late) == (409, "stale_version")
    assert late.body["current_version"] == 2
    assert api.get(path, as_=restaurant.staff).body["number"] == "A1"
    assert [row.number for row in TableNumber.query(restaurant.tenant.id)] == ["a1"]


def test_a_number_that_is_given_at_the_same_moment_is_taken(api: ApiClient, restaurant: Business) -> None:
    path = f"/v1/tables/{create(api, restaurant)['id']}"
    with just_before("TransactWriteItems", lambda: create(api, restaurant, "B1")):
        late = api.patch(path, {"number": "B1"}, as_=restaurant.staff)
    assert refused(late) == (409, "number_taken")
    assert api.get(path, as_=restaurant.staff).body["number"] == "A1"


def test_one_of_two_concurrent_code_renewals_gets_a_conflict(api: ApiClient, restaurant: Business) -> None:
    path = f"/v1/tables/{create(api, restaurant)['id']}/qr"
    with just_before("UpdateItem", lambda: api.post(path, as_=restaurant.staff)):
        late = api.post(path, as_=restaurant.staff)
    assert refused(late) == (409, "stale_version")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": ""},
        {"number": " A1"},
        {"number": "x" * 21},
        {"number": "a\n1"},
        {"number": "a\x851"},
        {"number": "\u202e1A"},
        {"number": "A1\u3000"},
        {"number": "A1", "seats": 0},
        {"number": "A1", "seats": 201},
        {"number": "A1", "qr_generation": 2},
    ],
)
def test_an_invalid_table_is_refused(api: ApiClient, restaurant: Business, body: dict[str, Any]) -> None:
    assert api.post("/v1/tables", body, as_=restaurant.staff).status == 422
    assert api.get("/v1/tables", as_=restaurant.staff).body["items"] == []


def test_only_restaurants_have_tables(api: ApiClient, gas: Business) -> None:
    assert refused(api.post("/v1/tables", {"number": "A1"}, as_=gas.staff)) == (403, "not_a_restaurant")


def test_another_restaurants_table_is_not_there(api: ApiClient, restaurant: Business) -> None:
    path = f"/v1/tables/{create(api, restaurant)['id']}"
    stranger = table_business().admin
    for method, target in (("GET", path), ("PATCH", path), ("GET", f"{path}/qr"), ("POST", f"{path}/qr")):
        assert refused(api.call(method, target, {"seats": 1}, as_=stranger)) == (404, "not_found")
    assert api.get(path, as_=restaurant.staff).body["version"] == 1


def test_a_code_comes_as_json_and_names_its_table(api: ApiClient, restaurant: Business) -> None:
    table = create(api, restaurant)
    code = api.get(f"/v1/tables/{table['id']}/qr", as_=restaurant.staff).body
    assert code["url"] == f"https://gas.example/api/v1/t/{code['qr']}"
    read = read_table_code(code["qr"])
    assert (read.tenant_id, read.table_id, read.generation) == (restaurant.tenant.id, table["id"], 1)
    assert code["valid_until"].endswith("T00:00:00.000Z")
    assert api.post("/v1/guests/table", {"qr": code["qr"]}).status == 200


def picture(api: ApiClient, restaurant: Business, accept: str, query: str = "") -> Any:
    table = create(api, restaurant)
    headers = {"Authorization": f"Bearer {api.token(restaurant.staff)}", "Accept": accept}
    return api.page("GET", f"/v1/tables/{table['id']}/qr{query}", headers)


@pytest.mark.parametrize(
    ("accept", "query"), [("image/svg+xml", ""), ("*/*", "?format=svg"), ("image/png", "?format=svg")]
)
def test_a_code_comes_as_svg(api: ApiClient, restaurant: Business, accept: str, query: str) -> None:
    answer = picture(api, restaurant, accept, query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(("accept", "query"), [("image/png", ""), ("image/png,*/*;q=0.8", "?format=png")])
def test_a_code_comes_as_png(api: ApiClient, restaurant: Business, accept: str, query: str) -> None:
    answer = picture(api, restaurant, accept, query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG\r\n")


def test_the_picture_holds_the_address(api: ApiClient, restaurant: Business) -> None:
    import segno

    from chalicelib.api.qr_pictures import svg

    content = "https://gas.example/api/v1/t/" + "x" * 90
    assert ElementTree.fromstring(svg(content)) is not None
    assert segno.make_qr(content, error="m").symbol_size()[0] < 70, "still coarse enough for an old phone"


def test_only_a_client_with_a_binary_type_first_in_accept_gets_bytes(api: ApiClient, restaurant: Business) -> None:
    answer = picture(api, restaurant, "*/*", "?format=png")
    assert (answer.status_code, json.loads(answer.body)["code"]) == (400, "accept_needed")
    other = api.get("/v1/tables/x/qr", as_=restaurant.staff, query={"format": "gif"})
    assert other.status == 422


def test_a_renewed_code_differs(api: ApiClient, restaurant: Business) -> None:
    table = create(api, restaurant)
    path = f"/v1/tables/{table['id']}/qr"
    before = api.get(path, as_=restaurant.staff).body["qr"]
    after = api.post(path, as_=restaurant.staff).body["qr"]
    assert api.get(path, as_=restaurant.staff).body["qr"] == after
    assert refused(api.post("/v1/guests/table", {"qr": before})) == (401, "qr_expired")
    assert api.post("/v1/guests/table", {"qr": after}).status == 200
    assert api.get(f"/v1/tables/{table['id']}", as_=restaurant.staff).body["qr_generation"] == 2
