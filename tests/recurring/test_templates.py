"""`/v1/order-templates`: created, changed, paused, resumed, ended, and refused requests."""

import datetime as dt
from typing import Any

import pytest

from chalicelib.core.clock import local_date, now
from chalicelib.models.customer import Customer
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from tests.api_client import Answer, ApiClient
from tests.factories import Business

TODAY = "Asia/Taipei"


def in_days(n: int) -> str:
    return (local_date(now(), TODAY) + dt.timedelta(days=n)).isoformat()


def body(gas: Business, **values: Any) -> dict[str, Any]:
    assert gas.customer is not None
    return {
        "customer_id": gas.customer.id,
        "items": [{"product_id": gas.products[0].id, "quantity": 1}],
        "rule": {"every_days": 30},
        **values,
    }


def create(api: ApiClient, gas: Business, **values: Any) -> dict[str, Any]:
    answer = api.post("/v1/order-templates", body(gas, **values), as_=gas.staff)
    assert answer.status == 201, answer.body
    assert answer.headers["location"] == f"/api/v1/order-templates/{answer.body['id']}"
    created: dict[str, Any] = answer.body
    return created


def change(api: ApiClient, gas: Business, row: dict[str, Any], **values: Any) -> Answer:
    return api.patch(f"/v1/order-templates/{row['id']}", values, as_=gas.staff)


def preview(api: ApiClient, gas: Business, row: dict[str, Any], count: int = 3) -> list[str]:
    answer = api.get(f"/v1/order-templates/{row['id']}/preview", as_=gas.staff, query={"count": str(count)})
    assert answer.status == 200, answer.body
    return [each["due_date"] for each in answer.body["items"]]


def ids(api: ApiClient, gas: Business, **query: str) -> list[str]:
    found, cursor = [], None
    while True:
        page = api.get(
            "/v1/order-templates", as_=gas.staff, query={**query, **({"cursor": cursor} if cursor else {})}
        )
        assert page.status == 200, page.body
        found += [row["id"] for row in page.body["items"]]
        cursor = page.body["next_cursor"]
        if cursor is None:
            return found


def test_a_created_template_is_shown_and_waits_for_its_first_date(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, start_date=in_days(2), notes="放後門", payment_method="cash")
    assert (row["status"], row["next_date"], row["last_date"], row["version"]) == ("active", in_days(2), None, 1)
    assert api.get(f"/v1/order-templates/{row['id']}", as_=gas.staff).body == row
    assert preview(api, gas, row) == [in_days(2), in_days(32), in_days(62)]


def test_the_preview_has_the_creation_time_of_each_order_and_stops_at_the_end(
    api: ApiClient, gas: Business
) -> None:
    row = create(api, gas, start_date=in_days(10), end_date=in_days(45), lead_days=3)
    answer = api.get(f"/v1/order-templates/{row['id']}/preview", as_=gas.staff)
    assert answer.body["items"] == [
        {"due_date": in_days(10), "created_on": in_days(7)},
        {"due_date": in_days(40), "created_on": in_days(37)},
    ]


def test_a_start_long_ago_counts_but_makes_nothing_due_in_the_past(api: ApiClient, gas: Business) -> None:
    assert create(api, gas, start_date=in_days(-65))["next_date"] == in_days(25)


def test_lists_come_in_pages_and_by_status_and_customer(api: ApiClient, gas: Business) -> None:
    rows = [create(api, gas) for _ in range(5)]
    change(api, gas, rows[1], status="paused")
    assert gas.customer is not None
    assert ids(api, gas, limit="2") == [row["id"] for row in rows]
    assert ids(api, gas, limit="4") == [row["id"] for row in rows]
    assert ids(api, gas, status="paused") == [rows[1]["id"]]
    assert ids(api, gas, customer_id=gas.customer.id) == [row["id"] for row in rows]
    assert ids(api, gas, customer_id="other") == []


def test_sent_fields_change_and_absent_ones_do_not(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, start_date=in_days(1), end_date=in_days(90), notes="x")
    changes = {"lead_days": 2, "end_date": None, "notes": "", "payment_method": "transfer"}
    answer = change(api, gas, row, **changes)
    assert answer.status == 200, answer.body
    expected = {**row, **changes, "notes": None, "version": 2, "updated_at": answer.body["updated_at"]}
    assert answer.body == expected
    assert api.get(f"/v1/order-templates/{row['id']}", as_=gas.staff).body == expected


def test_nothing_changed_is_no_new_version(api: ApiClient, gas: Business) -> None:
    row = create(api, gas)
    same = {name: row[name] for name in ("items", "rule", "start_date", "lead_days")}
    assert change(api, gas, row, **same, status="active").body == row


def test_another_rule_leads_to_other_dates(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, start_date=in_days(3))
    row = change(api, gas, row, rule={"every_days": 7}).body
    assert preview(api, gas, row) == [in_days(3), in_days(10), in_days(17)]
    row = change(api, gas, row, start_date=in_days(5)).body
    assert row["next_date"] == in_days(5)


def test_one_of_two_edits_of_the_same_version_gets_a_conflict(api: ApiClient, gas: Business) -> None:
    row = create(api, gas)
    assert change(api, gas, row, notes="甲", version=1).status == 200
    second = change(api, gas, row, notes="乙", version=1)
    assert (second.status, second.body["code"], second.body["current_version"]) == (409, "stale_version", 2)


def test_paused_it_waits_for_nothing_and_resumed_for_the_next_date(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, start_date=in_days(5))
    assert change(api, gas, row, status="paused").body["status"] == "paused"
    assert OrderTemplate.get(gas.tenant.id, row["id"]).due_queue is None
    assert preview(api, gas, row, 1) == [in_days(5)]
    assert change(api, gas, row, status="active").body["next_date"] == in_days(5)
    assert OrderTemplate.get(gas.tenant.id, row["id"]).due_queue == "due"


def test_ended_it_has_no_next_date_and_can_be_resumed(api: ApiClient, gas: Business) -> None:
    row = create(api, gas)
    for _ in range(2):
        assert api.call("DELETE", f"/v1/order-templates/{row['id']}", as_=gas.staff).status == 204
    shown = api.get(f"/v1/order-templates/{row['id']}", as_=gas.staff).body
    assert (shown["status"], shown["next_date"], shown["version"]) == ("ended", None, 2)
    assert change(api, gas, row, status="active").body["next_date"] == in_days(0)


def test_an_end_before_the_next_date_ends_it_and_nothing_can_be_resumed(api: ApiClient, gas: Business) -> None:
    row = create(api, gas, start_date=in_days(-25))
    assert change(api, gas, row, end_date=in_days(4)).body["status"] == "ended"
    refused = change(api, gas, row, status="active")
    assert (refused.status, refused.body["code"]) == (409, "no_dates_left")
    assert change(api, gas, row, status="active", end_date=in_days(6)).body["next_date"] == in_days(5)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"customer_id": "nobody"}, "customer_id"),
        ({"items": []}, "items"),
        ({"items": [{"product_id": "none", "quantity": 1}]}, "items.0.product_id"),
        ({"items": [{"product_id": "x", "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"product_id": "x", "quantity": 1, "unit_price": "1"}]}, "items.0.unit_price"),
        ({"rule": {}}, "rule"),
        ({"rule": {"every_days": 0}}, "rule.every_days"),
        ({"rule": {"every_days": 367}}, "rule.every_days"),
        ({"rule": {"every_days": 1, "every_weeks": 1, "weekdays": ["mon"]}}, "rule"),
        ({"rule": {"every_weeks": 1}}, "rule.weekdays"),
        ({"rule": {"every_weeks": 1, "weekdays": ["someday"]}}, "rule.weekdays.0"),
        ({"rule": {"by_consumption": {"min_days": 40}}}, "rule.by_consumption"),
        ({"rule": {"monthly": 1}}, "rule.monthly"),
        ({"start_date": "2020-01-01"}, "start_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"end_date": "2020-01-01"}, "end_date"),
        ({"start_date": in_days(-1), "end_date": in_days(3)}, "end_date"),
        ({"lead_days": 15}, "lead_days"),
        ({"payment_method": "iou"}, "payment_method"),
        ({"tenant_id": "other"}, "tenant_id"),
    ],
)
def test_impossible_values_are_refused_and_nothing_is_written(
    api: ApiClient, gas: Business, values: dict[str, Any], field: str
) -> None:
    refused = api.post("/v1/order-templates", body(gas, **values), as_=gas.staff)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, [field])
    assert ids(api, gas) == []
    if field in ("customer_id", "tenant_id") or len(values) > 1:
        return
    row = create(api, gas)
    assert change(api, gas, row, **values).status == 422
    assert api.get(f"/v1/order-templates/{row['id']}", as_=gas.staff).body == row


def test_an_order_that_is_refused_today_cannot_recur(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    gas.customer.update([Customer.status.set("suspended")])
    refused = api.post("/v1/order-templates", body(gas), as_=gas.staff)
    assert (refused.status, refused.body["code"]) == (422, "customer_suspended")
    gas.customer.update([Customer.status.set("active")])
    gas.products[0].update([Product.status.set("suspended")])
    assert api.post("/v1/order-templates", body(gas), as_=gas.staff).status == 422


def test_a_restaurant_has_no_recurring_orders(api: ApiClient, gas: Business, restaurant: Business) -> None:
    answer = api.post("/v1/order-templates", body(gas), as_=restaurant.staff)
    assert (answer.status, answer.body["code"]) == (403, "delivery_only")
    assert api.get("/v1/order-templates", as_=restaurant.staff).body["items"] == []


def test_templates_are_for_staff_and_of_one_business(api: ApiClient, gas: Business, restaurant: Business) -> None:
    row = create(api, gas)
    path = f"/v1/order-templates/{row['id']}"
    for who in (gas.driver_user, gas.customer_user):
        assert api.get("/v1/order-templates", as_=who).status == 403
    calls = [
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("GET", f"{path}/preview"),
        ("GET", f"{path}/orders"),
    ]
    for method, target in calls:
        sent: dict[str, Any] | None = {} if method == "PATCH" else None
        assert api.call(method, target, sent, as_=restaurant.staff).status == 404, target
    assert api.get("/v1/order-templates", as_=restaurant.staff).body["items"] == []
    assert api.get(f"/v1/order-templates/{'x' * 2_000}", as_=gas.staff).status == 404


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "IiI", "WzFd"])
def test_an_invalid_cursor_is_refused(api: ApiClient, gas: Business, cursor: str) -> None:
    row = create(api, gas)
    for path in ("/v1/order-templates", f"/v1/order-templates/{row['id']}/orders"):
        assert api.get(path, as_=gas.staff, query={"cursor": cursor}).status == 422, path


@pytest.mark.parametrize("rule", ["", '{"every_days": "often"}'])
def test_a_rule_that_cannot_be_read_keeps_no_other_from_the_list(api: ApiClient, gas: Business, rule: str) -> None:
    bad, good = create(api, gas), create(api, gas)
    OrderTemplate(gas.tenant.id, bad["id"]).update([OrderTemplate.rule.set(rule)])

    listed = api.get("/v1/order-templates", as_=gas.staff).body["items"]
    answer = api.get(f"/v1/order-templates/{bad['id']}", as_=gas.staff)

    assert [each["id"] for each in listed] == [good["id"]]
    assert (answer.status, answer.body["code"]) == (500, "row_unreadable")
