"""`/v1/customers`, `/v1/drivers`, `/v1/products`: created, found, changed by version, suspended and restored."""

from typing import Any

import pytest

from chalicelib.models.customer import Customer
from chalicelib.models.product import Product
from chalicelib.records.rows import Listing, page_of
from tests.api_client import ApiClient
from tests.factories import Business, order_body, user

NEW: dict[str, dict[str, Any]] = {
    "customers": {"name": "陳 小姐", "phone": "0912-345-678", "address": "台北市中山區１號", "notes": "後門"},
    "drivers": {"name": "阿明", "phone": "0922 111 222", "vehicle": "ABC-1234"},
    "products": {
        "name": "20公斤瓦斯桶",
        "unit_price": "760",
        "category": "瓦斯",
        "is_cylinder": True,
        "weight": "20",
    },
}
KINDS = sorted(NEW)


def create(api: ApiClient, gas: Business, kind: str, **values: Any) -> dict[str, Any]:
    answer = api.post(f"/v1/{kind}", {**NEW[kind], **values}, as_=gas.staff)
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"/api/v1/{kind}/{answer.body['id']}"
    created: dict[str, Any] = answer.body
    return created


def ids(api: ApiClient, gas: Business, kind: str, **query: str) -> list[str]:
    """All items of a list, over all its pages."""
    found, cursor = [], None
    while True:
        page = api.get(f"/v1/{kind}", as_=gas.staff, query={**query, **({"cursor": cursor} if cursor else {})})
        assert page.status == 200, page.body
        found += [row["id"] for row in page.body["items"]]
        cursor = page.body["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_created_record_is_shown_and_listed(api: ApiClient, gas: Business, kind: str) -> None:
    row = create(api, gas, kind)
    assert row["version"] == 1
    assert row["status"] == "active"
    assert api.get(f"/v1/{kind}/{row['id']}", as_=gas.staff).body == row
    assert ids(api, gas, kind)[-1] == row["id"]


def test_phone_numbers_are_stored_in_one_form(api: ApiClient, gas: Business) -> None:
    assert create(api, gas, "customers", phone="＋886 912 345 678")["phone"] == "+886912345678"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_comes_in_pages(api: ApiClient, gas: Business, kind: str) -> None:
    before = ids(api, gas, kind)
    created = [create(api, gas, kind, name=f"第{n}個")["id"] for n in range(5)]
    assert ids(api, gas, kind, limit="2") == [*before, *created]


@pytest.mark.parametrize(
    "q",
    [
        "小姐",
        "陳",
        "0912345678",
        "0912-345",
        "0912 345 678",
        "+886-912",
        "中山區5",
        "中山區５",
        "陳 中山",
        "678",
        "5-1",
        "５－１",
        "陳 0912-345",
        "0912-345 陳",
        "陳 5-1",
    ],
)
def test_a_customer_is_found_by_parts_of_name_phone_and_address(api: ApiClient, gas: Business, q: str) -> None:
    row = create(api, gas, "customers", address="臺北市中山區5-1號")
    create(api, gas, "customers", name="林先生", phone="0988-000-111", address="高雄市苓雅區2號")
    assert ids(api, gas, "customers", q=q) == [row["id"]]


def test_a_search_that_nothing_fits_ends(api: ApiClient, gas: Business) -> None:
    create(api, gas, "customers")
    assert ids(api, gas, "customers", q="nobody") == []


def test_a_search_does_not_look_at_case(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, "drivers", name="Ｋｅｖｉｎ Wang", vehicle="xyz-99")
    assert ids(api, gas, "drivers", q="kevin XYZ-99") == [row["id"]]


def test_a_search_over_more_rows_than_are_read_at_once_finds_the_last(api: ApiClient, gas: Business) -> None:
    with Customer.batch_write() as batch:
        for n in range(1_200):
            batch.save(
                Customer(gas.tenant.id, f"0{n:06}", name="x", search_text="x", created_at="", updated_at="")
            )
    row = create(api, gas, "customers", name="找得到")
    rows, cursor = page_of(Customer, gas.tenant.id, Listing(q="找得到"))
    assert ([each.id for each in rows], cursor) == ([row["id"]], None)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("customers", {"name": "陳太太", "phone": None, "location": {"latitude": 25.05, "longitude": 121.5}}),
        ("customers", {"address": None, "language": "en", "notes": ""}),
        ("drivers", {"name": "阿華", "vehicle": None}),
        ("products", {"unit_price": "780.5", "available": False, "weight": None, "position": 3}),
    ],
)
def test_sent_fields_change_and_absent_ones_do_not(
    api: ApiClient, gas: Business, kind: str, changes: dict[str, Any]
) -> None:
    row = create(api, gas, kind)
    answer = api.patch(f"/v1/{kind}/{row['id']}", changes, as_=gas.staff)
    assert answer.status == 200, answer.body
    expected = {**row, **changes, "version": 2, "updated_at": answer.body["updated_at"]}
    expected["notes" if kind != "products" else "description"] = (
        expected.get("notes" if kind != "products" else "description") or None
    )
    assert answer.body == expected
    assert api.get(f"/v1/{kind}/{row['id']}", as_=gas.staff).body == expected


def test_a_place_is_stored_to_a_centimetre(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, "customers", location={"latitude": 3.3e-161, "longitude": 121.56789012345})
    assert api.get(f"/v1/customers/{row['id']}", as_=gas.staff).body["location"] == {
        "latitude": 0.0,
        "longitude": 121.5678901,
    }


def test_a_customer_who_moves_leaves_the_old_place(api: ApiClient, gas: Business) -> None:
    place = {"latitude": 25.05, "longitude": 121.5}
    row = create(api, gas, "customers", location=place)
    path = f"/v1/customers/{row['id']}"
    assert api.patch(path, {"address": row["address"], "notes": "x"}, as_=gas.staff).body["location"] == place
    assert api.patch(path, {"address": "臺北市新家路1號"}, as_=gas.staff).body["location"] is None
    both = api.patch(path, {"address": "臺北市新家路2號", "location": place}, as_=gas.staff).body
    assert both["location"] == place


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changed_is_no_new_version(api: ApiClient, gas: Business, kind: str) -> None:
    row = create(api, gas, kind)
    assert api.patch(f"/v1/{kind}/{row['id']}", {"name": row["name"]}, as_=gas.staff).body == row


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_two_edits_of_the_same_version_gets_a_conflict(api: ApiClient, gas: Business, kind: str) -> None:
    row = create(api, gas, kind)
    path = f"/v1/{kind}/{row['id']}"
    assert api.patch(path, {"name": "甲", "version": 1}, as_=gas.staff).status == 200
    second = api.patch(path, {"name": "乙", "version": 1}, as_=gas.admin)
    assert (second.status, second.body["code"], second.body["current_version"]) == (409, "stale_version", 2)
    assert api.get(path, as_=gas.staff).body["name"] == "甲"


@pytest.mark.parametrize("kind", KINDS)
def test_suspended_and_restored(api: ApiClient, gas: Business, kind: str) -> None:
    row = create(api, gas, kind)
    path = f"/v1/{kind}/{row['id']}"
    assert api.patch(path, {"status": "suspended"}, as_=gas.staff).body["status"] == "suspended"
    assert row["id"] in ids(api, gas, kind, status="suspended")
    assert row["id"] not in ids(api, gas, kind, status="active")
    assert api.patch(path, {"status": "active"}, as_=gas.staff).body["status"] == "active"


def test_a_suspended_customer_gets_no_new_orders_and_keeps_the_old(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, "customers")
    body = order_body(gas, customer_id=row["id"])
    order = api.post("/v1/orders", body, as_=gas.staff)
    api.patch(f"/v1/customers/{row['id']}", {"status": "suspended"}, as_=gas.staff)
    refused = api.post("/v1/orders", body, as_=gas.staff)
    assert (refused.status, refused.body["code"]) == (422, "customer_suspended")
    history = api.get(f"/v1/customers/{row['id']}/orders", as_=gas.staff).body
    assert [each["id"] for each in history["items"]] == [order.body["id"]]


def test_only_staff_may_order_sold_out_products(api: ApiClient, gas: Business) -> None:
    product = create(api, gas, "products", available=False)
    body = {"items": [{"product_id": product["id"], "quantity": 1}]}
    assert gas.customer_user is not None
    refused = api.post("/v1/orders", body, as_=gas.customer_user)
    assert (refused.status, refused.body["code"]) == (422, "sold_out")
    body = order_body(gas, items=[{"product_id": product["id"], "quantity": 1}])
    assert api.post("/v1/orders", body, as_=gas.staff).status == 201


def test_customers_see_themselves_their_orders_and_the_products(api: ApiClient, gas: Business) -> None:
    me, customer = gas.customer_user, gas.customer
    assert me is not None
    assert customer is not None
    other = create(api, gas, "customers")
    hidden = create(api, gas, "products", name="停賣")
    api.patch(f"/v1/products/{hidden['id']}", {"status": "suspended"}, as_=gas.staff)
    assert api.get(f"/v1/customers/{customer.id}", as_=me).status == 200
    assert api.get(f"/v1/customers/{customer.id}/orders", as_=me).status == 200
    assert api.get(f"/v1/customers/{other['id']}", as_=me).status == 404
    assert api.get(f"/v1/customers/{other['id']}/orders", as_=me).status == 404
    assert hidden["id"] not in [row["id"] for row in api.get("/v1/products", as_=me).body["items"]]
    assert api.get("/v1/products", as_=me, query={"status": "suspended"}).body["items"] != []
    assert api.get(f"/v1/products/{hidden['id']}", as_=me).status == 404


def test_staff_see_the_users_that_a_driver_signs_in_as(api: ApiClient, gas: Business) -> None:
    second = user(gas.tenant, "driver", driver_id=gas.driver.id)
    newcomer = create(api, gas, "drivers")
    listed = {row["id"]: row for row in api.get("/v1/drivers", as_=gas.staff).body["items"]}
    for row in (listed[gas.driver.id], api.get(f"/v1/drivers/{gas.driver.id}", as_=gas.staff).body):
        assert sorted(row["user_ids"]) == sorted([gas.driver_user.id, second.id])
    assert listed[newcomer["id"]]["user_ids"] == newcomer["user_ids"] == []
    api.patch(f"/v1/users/{second.id}", {"status": "suspended"}, as_=gas.admin)
    seen = api.get(f"/v1/drivers/{gas.driver.id}", as_=gas.staff).body
    assert seen["user_ids"] == [gas.driver_user.id]


def test_drivers_see_themselves(api: ApiClient, gas: Business) -> None:
    other = create(api, gas, "drivers")
    assert api.get(f"/v1/drivers/{gas.driver.id}", as_=gas.driver_user).status == 200
    assert api.get(f"/v1/drivers/{other['id']}", as_=gas.driver_user).status == 404


@pytest.mark.parametrize("name", ["مرحبا بالعالم", "שלום", "王\u200f小明", "नमस्ते", "👩‍🍳 李"])
def test_a_name_of_any_writing_is_one(api: ApiClient, gas: Business, name: str) -> None:
    assert api.post("/v1/customers", {"name": name}, as_=gas.staff).body["name"] == name


def test_a_price_of_minus_zero_is_zero(api: ApiClient, gas: Business) -> None:
    product = api.post("/v1/products", {"name": "贈品", "unit_price": "-0"}, as_=gas.staff).body
    assert product["unit_price"] == "0"
    items = [{"name": "贈品", "quantity": 1, "unit_price": "-0.00"}]
    order = api.post("/v1/orders", order_body(gas, items=items, expected_total="-0"), as_=gas.staff).body
    assert (order["items"][0]["unit_price"], order["total_price"]) == ("0", "0")
    settings = api.patch("/v1/notifications/settings", {"price_per_segment": "-0"}, as_=gas.admin).body
    assert settings["price_per_segment"] == "0"


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("customers", {"phone": "12"}, "phone"),
        ("customers", {"phone": "+81 90 1234 5678"}, "phone"),
        ("customers", {"name": ""}, "name"),
        ("customers", {"name": "x" * 101}, "name"),
        ("customers", {"name": "a\x1b[31m"}, "name"),
        ("customers", {"name": "a\x85b"}, "name"),
        ("customers", {"name": "\u202e000,1$"}, "name"),
        ("customers", {"notes": "\u2067abc\u2069"}, "notes"),
        ("customers", {"location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        ("customers", {"language": "fr"}, "language"),
        ("customers", {"tenant_id": "other"}, "tenant_id"),
        ("drivers", {"vehicle": 7}, "vehicle"),
        ("products", {"unit_price": "-1"}, "unit_price"),
        ("products", {"unit_price": "1.005"}, "unit_price"),
        ("products", {"unit_price": "NaN"}, "unit_price"),
        ("products", {"unit_price": "1e9"}, "unit_price"),
        ("products", {"weight": "0"}, "weight"),
        ("products", {"weight": "1001"}, "weight"),
        ("products", {"weight": "0.0001"}, "weight"),
        ("products", {"weight": "1e-200"}, "weight"),
        ("products", {"position": -1}, "position"),
    ],
)
def test_impossible_values_are_refused_and_nothing_is_written(
    api: ApiClient, gas: Business, kind: str, values: dict[str, Any], field: str
) -> None:
    before = ids(api, gas, kind)
    refused = api.post(f"/v1/{kind}", {**NEW[kind], **values}, as_=gas.staff)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, [field])
    unknown = refused.body["errors"][0]["message"] == "unknown field"
    assert unknown is (field == "tenant_id"), "a field that is misspelt, or that does not exist yet"
    assert ids(api, gas, kind) == before
    row = create(api, gas, kind)
    if field != "tenant_id":
        refused = api.patch(f"/v1/{kind}/{row['id']}", values, as_=gas.staff)
        assert refused.status == 422, refused.body
        assert api.get(f"/v1/{kind}/{row['id']}", as_=gas.staff).body == row


def test_a_product_changed_keeps_the_price_of_orders(api: ApiClient, gas: Business) -> None:
    product = create(api, gas, "products")
    body = order_body(gas, items=[{"product_id": product["id"], "quantity": 2}])
    order = api.post("/v1/orders", body, as_=gas.staff).body
    api.patch(f"/v1/products/{product['id']}", {"unit_price": "900"}, as_=gas.staff)
    assert api.get(f"/v1/orders/{order['id']}", as_=gas.staff).body["total_price"] == "1520"
    assert Product.get(gas.tenant.id, product["id"]).unit_price == 900


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "IiI", "WzFd"])
def test_an_invalid_cursor_is_refused(api: ApiClient, gas: Business, cursor: str) -> None:
    assert api.get("/v1/customers", as_=gas.staff, query={"cursor": cursor}).status == 422
