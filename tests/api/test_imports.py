"""`/v1/imports`: created, checked without writing records, committed once, reported row by row."""

import json
from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.auth.rate_limits import spend
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.settings import settings
from chalicelib.imports.jobs import IMPORTS
from chalicelib.models.customer import Customer
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.order import Order
from chalicelib.models.user import User
from tests.api_client import ApiClient
from tests.factories import Business, delivery_business
from tests.imports.files import brought, checked, committed, csv_file, reported, shown, xlsx_file
from tests.world import World

HEADER = ("編號", "姓名", "電話", "地址", "備註")
CHEN = ("c1", "陳小姐", "0922-000-001", "台北市中山區1號", "後門")
LIN = ("c2", "林先生", "0922-000-002", "高雄市苓雅區2號", "")
BROKEN = ("c3", "吳太太", "12", "台中市3號", "")


def of(gas: Business, name: str) -> Customer:
    [row] = [row for row in Customer.query(gas.tenant.id) if row.name == name]
    return row


def outcomes(row: dict[str, Any]) -> dict[str, int]:
    return {name: row["rows"][name] for name in ("created", "updated", "unchanged", "skipped", "failed")}


def test_a_form_for_the_file_takes_ten_megabytes_and_nothing_else(api: ApiClient, gas: Business) -> None:
    body = {"kind": "customers", "file_name": "客戶.xlsx", "size": 100}
    answer = api.post("/v1/imports", body, as_=gas.staff)
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"/api/v1/imports/{answer.body['id']}"
    assert (answer.body["state"], answer.body["format"]) == ("waiting_for_file", "xlsx")
    form = answer.body["upload"]
    policy = decoded_policy(form["fields"]["policy"])
    assert ["content-length-range", 1, 10 * 1024 * 1024] in policy["conditions"]
    assert {"key": f"uploads/{gas.tenant.id}/{answer.body['id']}"} in policy["conditions"]
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert ".s3.ap-northeast-1.amazonaws.com" in form["url"]


def decoded_policy(text: str) -> Any:
    return json.loads(b64decode(text))


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"size": 10 * 1024 * 1024 + 1}, 413, None),
        ({"size": 0}, 422, "size"),
        ({"kind": "tenants"}, 422, "kind"),
        ({"format": "pdf"}, 422, "format"),
        ({"source": "A#B"}, 422, "source"),
        ({"mapping": {"名": "nickname"}}, 422, "mapping.nickname"),
        ({"mapping": {"a": "name", "b": "name"}}, 422, "mapping"),
        ({"tenant_id": "other"}, 422, "tenant_id"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused(
    api: ApiClient, gas: Business, values: dict[str, Any], status: int, field: str | None
) -> None:
    body = {"kind": "customers", "file_name": "a.csv", "size": 9, **values}
    answer = api.post("/v1/imports", body, as_=gas.staff)
    assert answer.status == status, answer.body
    if field is not None:
        assert [error["field"] for error in answer.body["errors"]] == [field]
    assert api.get("/v1/imports", as_=gas.staff).body["items"] == []


def test_only_staff_bring_files_and_only_admins_those_of_users(world: World, gas: Business) -> None:
    body = {"kind": "users", "file_name": "a.csv", "size": 9}
    assert gas.customer_user is not None
    for no_one in (gas.driver_user, gas.customer_user):
        assert world.api.post("/v1/imports", {**body, "kind": "customers"}, as_=no_one).status == 403
    assert world.api.post("/v1/imports", body, as_=gas.staff).status == 403
    content = csv_file(("email", "name", "role"), ("a@b.tw", "A", "office_staff"))
    import_id = checked(world, gas.admin, "users", content)["id"]
    for method, path in (("GET", ""), ("GET", "/rows"), ("POST", "/check"), ("POST", "/commit")):
        assert world.api.call(method, f"/v1/imports/{import_id}{path}", as_=gas.staff).status == 403
    assert world.api.get("/v1/imports", as_=gas.staff).body["items"] == []
    assert len(world.api.get("/v1/imports", as_=gas.admin).body["items"]) == 1


def test_another_tenants_import_is_not_there(world: World, gas: Business) -> None:
    import_id = brought(world.api, gas.staff, "customers", csv_file(HEADER, CHEN))
    other = delivery_business()
    for method, path in (("GET", ""), ("GET", "/rows"), ("POST", "/check"), ("POST", "/commit")):
        assert world.api.call(method, f"/v1/imports/{import_id}{path}", as_=other.admin).status == 404
    assert world.api.get("/v1/imports", as_=other.admin).body["items"] == []


@pytest.mark.parametrize("import_id", ["x", "x" * 3_000, "%20"])
def test_an_invalid_id_is_not_found(api: ApiClient, gas: Business, import_id: str) -> None:
    assert api.get(f"/v1/imports/{import_id}", as_=gas.staff).status == 404


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "MTAwMDAwMDAwMDAw", "LTE"])
def test_an_invalid_cursor_is_refused(world: World, gas: Business, cursor: str) -> None:
    import_id = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN))["id"]
    rows = world.api.get(f"/v1/imports/{import_id}/rows", as_=gas.staff, query={"cursor": cursor})
    assert rows.status == 422
    if cursor.startswith(("x", "b")):
        assert world.api.get("/v1/imports", as_=gas.staff, query={"cursor": cursor}).status == 422


def test_imports_are_listed_newest_first_in_pages(api: ApiClient, gas: Business) -> None:
    body = {"kind": "customers", "file_name": "a.csv", "size": 9}
    ids = [api.post("/v1/imports", body, as_=gas.staff).body["id"] for _ in range(3)]
    first = api.get("/v1/imports", as_=gas.staff, query={"limit": "2"}).body
    second = api.get("/v1/imports", as_=gas.staff, query={"limit": "2", "cursor": first["next_cursor"]}).body
    assert [row["id"] for row in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_a_check_writes_no_record_and_reports_the_planned_changes(world: World, gas: Business) -> None:
    before = Customer.count()
    row = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN, LIN))
    assert (row["state"], row["rows"]["total"], row["rows"]["checked"]) == ("checked", 2, 2)
    assert outcomes(row) == {"created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0}
    assert row["columns"]["phone"] == "電話"
    assert [
        (line["row"], line["outcome"], line["written"]) for line in reported(world.api, gas.staff, row["id"])
    ] == [
        (2, "created", False),
        (3, "created", False),
    ]
    assert Customer.count() == before
    assert ExternalKey.count() == 0


def test_a_commit_writes_each_row(world: World, gas: Business) -> None:
    row = committed(world, gas.staff, "customers", csv_file(HEADER, CHEN, LIN))
    assert (row["state"], row["rows"]["written"], row["rows"]["created"]) == ("done", 2, 2)
    chen = of(gas, "陳小姐")
    assert (chen.phone, chen.address, chen.notes) == ("+886922000001", "台北市中山區1號", "後門")
    found = world.api.get("/v1/customers", as_=gas.staff, query={"q": "中山區1號"}).body["items"]
    assert [each["id"] for each in found] == [chen.id]
    report = reported(world.api, gas.staff, row["id"])
    assert [(line["written"], line["id"]) for line in report] == [(True, chen.id), (True, of(gas, "林先生").id)]
    assert row["finished_at"] is not None


def test_a_broken_row_in_the_middle_is_named_and_nothing_is_written(world: World, gas: Business) -> None:
    before = Customer.count()
    row = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN, BROKEN, LIN))
    assert (row["state"], row["rows"]["failed"]) == ("checked", 1)
    [line] = reported(world.api, gas.staff, row["id"], only="errors")
    assert (line["row"], line["outcome"]) == (3, "failed")
    assert line["errors"] == [{"field": "phone", "column": "電話", "message": "not a valid phone number"}]
    refused = world.api.post(f"/v1/imports/{row['id']}/commit", as_=gas.staff)
    assert (refused.status, refused.body["code"], refused.body["rows"]["failed"]) == (409, "import_has_errors", 1)
    world.deliver_imports()
    assert Customer.count() == before


def test_the_same_file_again_changes_nothing(world: World, gas: Business) -> None:
    content = csv_file(HEADER, CHEN, LIN)
    committed(world, gas.staff, "customers", content)
    chen = of(gas, "陳小姐")
    world.api.patch(f"/v1/customers/{chen.id}", {"notes": "前門"}, as_=gas.staff)
    count = Customer.count()
    assert outcomes(committed(world, gas.staff, "customers", content)) == {
        "created": 0,
        "updated": 0,
        "unchanged": 2,
        "skipped": 0,
        "failed": 0,
    }
    assert Customer.count() == count
    assert of(gas, "陳小姐").notes == "前門", "what was changed here stays"


def test_a_row_that_changed_changes_its_customer(world: World, gas: Business) -> None:
    committed(world, gas.staff, "customers", csv_file(HEADER, CHEN, LIN))
    moved = (*CHEN[:3], "新北市板橋區9號", CHEN[4])
    row = committed(world, gas.staff, "customers", csv_file(HEADER, moved, LIN))
    assert outcomes(row) == {"created": 0, "updated": 1, "unchanged": 1, "skipped": 0, "failed": 0}
    line = reported(world.api, gas.staff, row["id"])[0]
    assert (line["outcome"], line["changed"]) == ("updated", ["address"])
    chen = of(gas, "陳小姐")
    assert (chen.address, chen.version) == ("新北市板橋區9號", 2)
    assert "板橋" in chen.search_text


def test_a_row_with_another_address_does_not_keep_the_old_place(world: World, gas: Business) -> None:
    placed = csv_file((*HEADER, "緯度", "經度"), (*CHEN, "25.05", "121.5"))
    committed(world, gas.staff, "customers", placed)
    moved = (*CHEN[:3], "新北市板橋區9號", CHEN[4])
    row = committed(world, gas.staff, "customers", csv_file(HEADER, moved))
    assert reported(world.api, gas.staff, row["id"])[0]["changed"] == ["address", "location"]
    assert of(gas, "陳小姐").location is None


def test_without_a_key_a_customer_is_known_by_name_and_number(world: World, gas: Business) -> None:
    # The customer of the fixture was never imported.
    count = Customer.count()
    header = ("姓名", "電話", "地址")
    row = committed(
        world, gas.staff, "customers", csv_file(header, ("王小姐", "0912-345-678", "臺北市新址"), CHEN[1:4])
    )
    assert outcomes(row) == {"created": 1, "updated": 1, "unchanged": 0, "skipped": 0, "failed": 0}
    assert Customer.count() == count + 1
    assert of(gas, "王小姐").address == "臺北市新址"
    again = csv_file(header, ("王小姐", "+886912345678", "臺北市新址"), CHEN[1:4])
    assert outcomes(committed(world, gas.staff, "customers", again))["created"] == 0


def test_orders_come_in_quietly_with_their_status_day_and_exact_price(world: World, gas: Business) -> None:
    committed(world, gas.staff, "customers", csv_file(HEADER, CHEN))
    office = world.connect(gas.staff)
    world.deliver()
    header = ("訂單編號", "客戶編號", "品項", "數量", "單價", "總價", "狀態", "訂單日期", "付款狀態", "司機")
    row = committed(
        world,
        gas.staff,
        "orders",
        csv_file(
            header,
            ("A-1", "c1", "16公斤瓦斯桶", "3", "620.1", "1,860.30", "已送達", "113/05/01", "已付款", "阿明"),
        ),
    )
    assert outcomes(row)["created"] == 1
    assert row["unused"] == ["司機"]
    [order] = list(Order.query(gas.tenant.id))
    assert (order.order_number, order.status, order.total_price) == ("A-1", "delivered", Decimal("1860.30"))
    assert (order.customer_id, order.customer_name) == (of(gas, "陳小姐").id, "陳小姐")
    assert (order.scheduled_date, order.payment_status, order.notify) == ("2024-05-01", "paid", False)
    assert order.created_at == "2024-05-01T04:00:00.000Z"
    assert order.items[0].product_id == gas.products[1].id
    world.deliver()
    assert world.received(office, "order_created") == []
    found = world.api.get("/v1/orders", as_=gas.staff, query={"date": "2024-05-01"}).body["items"]
    assert [each["id"] for each in found] == [order.id]


def test_an_order_finds_its_customer_by_phone_and_its_price_in_the_catalogue(world: World, gas: Business) -> None:
    row = committed(
        world, gas.staff, "orders", csv_file(("電話", "品項", "數量"), ("0912 345 678", "20公斤瓦斯桶", "2"))
    )
    assert outcomes(row)["created"] == 1
    [order] = list(Order.query(gas.tenant.id))
    assert gas.customer is not None
    assert (order.customer_id, order.total_price, order.status) == (gas.customer.id, Decimal(1440), "pending")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"customer_id": "no_one"}, "customer_id"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"unit_price": "seven"}, "unit_price"),
        ({"unit_price": "1.005"}, "unit_price"),
        ({"item": "不在目錄", "unit_price": ""}, "unit_price"),
        ({"total_price": "1"}, "total"),
        ({"status": "lost"}, "status"),
        ({"status": "served"}, "status"),
        ({"order_date": "2024-02-30"}, "order_date"),
        ({"scheduled_date": "2099-01-01"}, "scheduled_date"),
        ({"payment_method": "gold"}, "payment_method"),
        ({"phone": "12"}, "customer_phone"),
        ({"address": ""}, "address"),
        ({"driver_id": "no_one"}, "driver_id"),
        ({"items": "{"}, "items"),
        ({"items": '[{"name": "x", "quantity": 1}]'}, "items"),
    ],
)
def test_an_order_that_cannot_be_is_named_by_its_field(
    world: World, gas: Business, values: dict[str, str], field: str
) -> None:
    row = {
        "name": "甲",
        "phone": "0987000111",
        "address": "台北",
        "item": "20公斤瓦斯桶",
        "quantity": "1",
        **values,
    }
    found = checked(world, gas.staff, "orders", csv_file(list(row), list(row.values())))
    [line] = reported(world.api, gas.staff, found["id"], only="errors")
    assert [error["field"].split(".")[0] for error in line["errors"]] == [field]


def test_an_order_that_went_on_here_is_left_alone_by_a_newer_file(world: World, gas: Business) -> None:
    header = ("id", "phone", "item", "quantity", "status")
    committed(world, gas.staff, "orders", csv_file(header, ("1", "0912345678", "20公斤瓦斯桶", "1", "pending")))
    [order] = list(Order.query(gas.tenant.id))
    newer = csv_file(header, ("1", "0912345678", "20公斤瓦斯桶", "2", "confirmed"))
    assert outcomes(committed(world, gas.staff, "orders", newer))["updated"] == 1
    order.refresh()
    assert (order.status, order.total_price, len(order.history), order.version) == (
        "confirmed",
        Decimal(1440),
        2,
        2,
    )
    world.api.post(f"/v1/orders/{order.id}/status", {"status": "cancelled"}, as_=gas.staff)
    newest = csv_file(header, ("1", "0912345678", "20公斤瓦斯桶", "3", "confirmed"))
    row = committed(world, gas.staff, "orders", newest)
    assert outcomes(row)["skipped"] == 1
    assert "changed here" in reported(world.api, gas.staff, row["id"])[0]["note"]
    order.refresh()
    assert (order.status, order.total_price) == ("cancelled", Decimal(1440))


def test_imported_users_are_suspended_with_a_random_password(world: World, gas: Business) -> None:
    committed(world, gas.admin, "drivers", csv_file(("id", "name"), ("9", "阿明")), source="old")
    header = ("id", "email", "full_name", "role", "driver_id", "hashed_password")
    rows = (
        ("1", "mei@example.com", "美", "manager", "", "$2b$12$abc"),
        ("2", "ming@example.com", "阿明", "driver", "9", "$2b$12$abc"),
        ("3", "hua@example.com", "阿華", "driver", "", "$2b$12$abc"),
    )
    row = committed(world, gas.admin, "users", csv_file(header, *rows), source="old")
    assert outcomes(row) == {"created": 2, "updated": 0, "unchanged": 0, "skipped": 1, "failed": 0}
    assert row["unused"] == ["hashed_password"]
    report = reported(world.api, gas.admin, row["id"])
    assert "an admin sets" in report[0]["note"]
    assert "driver_id" in report[2]["note"]
    users = {user.username: user for user in User.query(gas.tenant.id)}
    mei, ming = users["mei@example.com"], users["ming@example.com"]
    assert (mei.status, mei.role, ming.role) == ("suspended", "office_staff", "driver")
    assert ming.driver_id is not None
    assert not signs_in(world.api, "$2b$12$abc")
    change = {"status": "active", "password": "a new password"}
    assert world.api.patch(f"/v1/users/{mei.id}", change, as_=gas.admin).status == 200
    again = committed(world, gas.admin, "users", csv_file(header, *rows), source="old")
    assert outcomes(again)["unchanged"] == 2
    assert signs_in(world.api, "a new password")


def signs_in(api: ApiClient, password: str) -> bool:
    body = {"username": "mei@example.com", "password": password}
    return api.post("/v1/auth/login", body).status == 200


def test_a_username_of_another_tenant_is_taken(world: World, gas: Business) -> None:
    other = delivery_business()
    content = csv_file(("email", "name", "role"), (other.staff.username, "X", "office_staff"))
    row = checked(world, gas.admin, "users", content)
    [line] = reported(world.api, gas.admin, row["id"], only="errors")
    assert line["errors"] == [{"field": "username", "column": "email", "message": "taken"}]


def test_an_xlsx_file_is_read_like_any_other(world: World, gas: Business) -> None:
    row = committed(world, gas.staff, "customers", xlsx_file(HEADER, ("c1", "陳小姐", 922000001, "台北", None)))
    assert (row["format"], row["encoding"], outcomes(row)["created"]) == ("xlsx", None, 1)
    assert of(gas, "陳小姐").phone == "+886922000001", "Excel takes the zero from a number"


def test_columns_are_found_by_the_requests_own_mapping(world: World, gas: Business) -> None:
    content = csv_file(("甲", "乙", "姓名"), ("陳小姐", "0922000001", "不是名字"))
    mapping = {"甲": "name", "乙": "phone", "姓名": None}
    row = committed(world, gas.staff, "customers", content, mapping=mapping)
    assert (row["columns"], row["unused"]) == ({"name": "甲", "phone": "乙"}, ["姓名"])
    assert of(gas, "陳小姐").phone == "+886922000001"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (csv_file(HEADER), "no_rows"),
        (csv_file(("a", "b"), ("1", "2")), "missing_columns"),
        (csv_file(("姓名", "姓 名"), ("1", "2")), "repeated_column"),
        (b"\x00\x01\x02" * 100, "not_text"),
        (b"\x80\xff\xfe name\n", "unknown_encoding"),
        (b"PK\x03\x04 and then nothing", "broken_xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "old_excel"),
        (b'name\n"never closed\n', "broken_csv"),
    ],
)
def test_an_invalid_file_is_refused_with_its_reason(
    world: World, gas: Business, content: bytes, code: str
) -> None:
    row = checked(world, gas.staff, "customers", content)
    assert (row["state"], row["problem"]["code"]) == ("refused", code)
    assert world.api.post(f"/v1/imports/{row['id']}/commit", as_=gas.staff).status == 409
    if code == "missing_columns":
        assert row["problem"]["detail"] == "no column for name; the file has a, b"


def test_a_check_before_the_upload_reports_a_missing_file(world: World, gas: Business) -> None:
    body = {"kind": "customers", "file_name": "a.csv", "size": 9}
    import_id = world.api.post("/v1/imports", body, as_=gas.staff).body["id"]
    assert world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff).status == 202
    world.deliver_imports()
    assert shown(world.api, gas.staff, import_id)["problem"]["code"] == "file_missing"


def test_the_same_key_twice_in_a_file_is_an_error_of_the_second(world: World, gas: Business) -> None:
    row = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN, LIN, ("c1", *LIN[1:])))
    [line] = reported(world.api, gas.staff, row["id"], only="errors")
    assert (line["row"], line["errors"][0]["message"]) == (4, "the same as in row 2")


def test_of_two_commits_at_the_same_time_one_wins(world: World, gas: Business) -> None:
    row = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN))
    answers = [world.api.post(f"/v1/imports/{row['id']}/commit", as_=by) for by in (gas.staff, gas.admin)]
    assert [answer.status for answer in answers] == [202, 409]
    assert (answers[1].body["code"], answers[1].body["state"]) == ("import_not_ready", "committing")
    count = Customer.count()
    world.deliver_imports()
    assert Customer.count() == count + 1
    assert world.api.post(f"/v1/imports/{row['id']}/commit", as_=gas.staff).status == 409


def test_a_commit_looks_at_all_rows_again_before_it_writes_the_first(world: World, gas: Business) -> None:
    header = ("id", "phone", "item", "quantity")
    rows = (("1", "0912345678", "20公斤瓦斯桶", "1"), ("2", "0912345678", "16公斤瓦斯桶", "1"))
    row = checked(world, gas.staff, "orders", csv_file(header, *rows))
    assert outcomes(row)["created"] == 2
    assert gas.customer is not None
    world.api.patch(f"/v1/customers/{gas.customer.id}", {"status": "suspended"}, as_=gas.staff)
    assert world.api.post(f"/v1/imports/{row['id']}/commit", as_=gas.staff).status == 202
    world.deliver_imports()
    row = shown(world.api, gas.staff, row["id"])
    assert (row["state"], row["rows"]["failed"], row["rows"]["written"]) == ("checked", 2, 0)
    assert Order.count() == 0


def test_a_file_that_is_replaced_after_its_check_does_not_get_in(world: World, gas: Business) -> None:
    row = checked(world, gas.staff, "customers", csv_file(HEADER, CHEN))
    key = f"uploads/{gas.tenant.id}/{row['id']}"
    aws.client("s3").put_object(Bucket=settings().import_bucket, Key=key, Body=csv_file(HEADER, LIN))
    world.api.post(f"/v1/imports/{row['id']}/commit", as_=gas.staff)
    world.deliver_imports()
    assert of(gas, "陳小姐")
    assert "林先生" not in [each.name for each in Customer.query(gas.tenant.id)]


def test_a_tenant_starts_only_so_many_steps_of_imports_in_an_hour(api: ApiClient, gas: Business) -> None:
    body = {"kind": "customers", "file_name": "客戶.xlsx", "size": 100}
    spend(IMPORTS, gas.tenant.id, now=now(), cost=IMPORTS.most - 1)
    made = api.post("/v1/imports", body, as_=gas.staff)
    assert made.status == 201
    check = f"/v1/imports/{made.body['id']}/check"
    for refused in (api.post("/v1/imports", body, as_=gas.staff), api.post(check, as_=gas.staff)):
        assert (refused.status, refused.body["code"]) == (429, "too_many_imports")
        assert int(refused.headers["retry-after"]) > 0
    assert len(api.get("/v1/imports", as_=gas.staff).body["items"]) == 1
    assert api.get(f"/v1/imports/{made.body['id']}", as_=gas.staff).body["state"] == "waiting_for_file"
    other = delivery_business()
    assert api.post("/v1/imports", body, as_=other.staff).status == 201
