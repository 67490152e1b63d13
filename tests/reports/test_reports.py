"""`/v1/reports`: the figures, their days, and the CSV."""

import io
from datetime import date
from typing import Any

import pytest

from chalicelib.core.clock import first_id, from_wire, now
from chalicelib.core.errors import Invalid
from chalicelib.models.order import Order
from chalicelib.models.product import Product
from chalicelib.models.tenant import Tenant
from chalicelib.reports.days import Range
from chalicelib.reports.reading import orders_of
from tests.api_client import ApiClient
from tests.calls import counted_calls
from tests.core.test_metrics import lines
from tests.factories import Business, order_body
from tests.models.damage import Damage, damage_item, of_another_type, without_it
from tests.reports.figures import DAY, NEXT, RANGE, REPORTS, line, order, report, rows_of, text


def test_a_days_summary(api: ApiClient, gas: Business) -> None:
    order(api, gas, payment_status="paid")
    order(api, gas, items=[line(gas.products[1], 3)])
    order(api, gas, payment_status="refunded")
    for status in ("failed", "cancelled", "pending", "pending"):
        order(api, gas, status=status)
    order(api, gas, NEXT)
    text(gas, "2026-11-21T16:00:00.000Z", "sent")
    text(gas, "2026-11-22T15:59:59.999Z", "failed")
    text(gas, "2026-11-21T15:59:59.999Z", "failed")
    text(gas, "2026-11-22T16:00:00.000Z", "failed")
    found = report(api, gas, "daily", date=DAY)
    assert found["by_status"] == {
        **dict.fromkeys(("confirmed", "assigned", "delivering", "arriving", "arrived"), 0),
        "pending": 2,
        "delivered": 3,
        "failed": 1,
        "cancelled": 1,
    }
    assert {name: found[name] for name in ("orders", "delivered", "failed", "cancelled", "currency")} == {
        "orders": 7,
        "delivered": 3,
        "failed": 1,
        "cancelled": 1,
        "currency": "TWD",
    }
    assert found["revenue"] == {"total": "3301.5", "paid": "1440", "unpaid": "1861.5", "refunded": "1440"}
    assert found["texts"] == {
        "sent": 1,
        "failed": 1,
        "unknown": 0,
        "skipped": 0,
        "waiting": 0,
        "success_rate": 0.5,
    }


def test_created_are_the_orders_taken_in_on_the_day_whenever_they_are_for(api: ApiClient, gas: Business) -> None:
    order(api, gas, NEXT)
    order(api, gas, "2026-12-30")
    today = report(api, gas, "daily")
    assert (today["created"], today["orders"]) == (2, 0)
    assert report(api, gas, "daily", date="2026-01-01")["created"] == 0


def test_ids_lie_between_the_instants_before_and_after_them(api: ApiClient, gas: Business) -> None:
    before = now()
    order_id = order(api, gas)
    assert first_id(from_wire("2000-01-01T00:00:00Z")) < first_id(before) <= order_id
    assert order_id < first_id(from_wire("2100-01-01T00:00:00Z"))


def test_orders_by_status_and_day(api: ApiClient, gas: Business) -> None:
    order(api, gas)
    order(api, gas, NEXT, "failed")
    order(api, gas, "2026-11-21")
    order(api, gas, "2026-11-24")
    found = report(api, gas, "orders-by-status", **RANGE)
    assert [(day["date"], day["orders"]) for day in found["days"]] == [(DAY, 1), (NEXT, 1)]
    assert (found["orders"], found["by_status"]["delivered"], found["by_status"]["failed"]) == (2, 1, 1)
    assert found["days"][1]["by_status"]["failed"] == 1
    assert (found["from"], found["to"]) == (DAY, NEXT)


def test_deliveries_by_driver(api: ApiClient, gas: Business) -> None:
    (_, first), (_, second) = gas.drivers
    gas.products[1].update([Product.is_cylinder.set(False)])
    order(api, gas, driver_id=first.id, items=[line(gas.products[0], 3), line(gas.products[1], 5)])
    order(api, gas, NEXT, driver_id=first.id)
    order(api, gas, status="failed", driver_id=second.id)
    order(api, gas, status="pending")
    order(api, gas)
    # What was a cylinder when it was ordered stays one in the report, and the other way round.
    gas.products[0].update([Product.is_cylinder.set(False)])
    gas.products[1].update([Product.is_cylinder.set(True)])
    found = report(api, gas, "drivers", **RANGE)["drivers"]
    assert [(row["name"], row["orders"], row["delivered"], row["failed"], row["cylinders"]) for row in found] == [
        ("陳大明", 2, 2, 0, 5),
        (None, 1, 1, 0, 2),
        ("林志強", 1, 0, 1, 0),
    ]
    assert [row["driver_id"] for row in found] == [first.id, None, second.id]


def test_sales_by_day_and_by_product_to_the_cent(api: ApiClient, gas: Business) -> None:
    named = {"name": "安裝費", "quantity": 3, "unit_price": "0.1"}
    order(api, gas, items=[line(gas.products[0]), named])
    order(api, gas, NEXT, items=[line(gas.products[0], 2), line(gas.products[1])])
    order(api, gas, payment_status="refunded")
    order(api, gas, status="cancelled")
    found = report(api, gas, "sales", **RANGE)
    assert found["amount"] == "2780.8"
    assert found["days"] == [
        {"date": DAY, "orders": 1, "amount": "720.3"},
        {"date": NEXT, "orders": 1, "amount": "2060.5"},
    ]
    assert [(row["name"], row["quantity"], row["amount"]) for row in found["products"]] == [
        ("20公斤瓦斯桶", 3, "2160"),
        ("16公斤瓦斯桶", 1, "620.5"),
        ("安裝費", 3, "0.3"),
    ]
    assert found["products"][2]["product_id"] is None


def test_texts_by_day(api: ApiClient, gas: Business) -> None:
    for at, status in (
        ("2026-11-21T20:00:00.000Z", "sent"),
        ("2026-11-21T20:00:00.001Z", "delivered"),
        ("2026-11-21T20:00:00.002Z", "failed"),
        ("2026-11-22T20:00:00.000Z", "skipped"),
        ("2026-11-22T20:00:00.001Z", "queued"),
    ):
        text(gas, at, status)
    found = report(api, gas, "notifications", **RANGE)
    assert [(day["date"], day["sent"], day["failed"], day["success_rate"]) for day in found["days"]] == [
        (DAY, 2, 1, 0.6667),
        (NEXT, 0, 0, None),
    ]
    total = found["total"]
    assert (total["sent"], total["failed"], total["skipped"], total["waiting"]) == (2, 1, 1, 1)


def test_deleted_sms_are_reported_as_missing_and_not_counted(api: ApiClient, gas: Business) -> None:
    for at in ("2026-11-21T20:00:00.000Z", "2026-11-22T20:00:00.000Z"):
        text(gas, at, "sent")
    assert report(api, gas, "notifications", **RANGE)["stored_from"] is None
    gas.tenant.update([Tenant.sms_history_from.set(NEXT)])
    found = report(api, gas, "notifications", **RANGE)
    assert (found["stored_from"], found["total"]["sent"]) == (NEXT, 1)
    assert [day["date"] for day in found["days"]] == [NEXT]
    assert rows_of(api, gas, "notifications", RANGE)[0][1] == [f"{NEXT} 之前", "已刪除"]
    before = {"from": DAY, "to": DAY}
    assert report(api, gas, "notifications", **before)["days"] == []
    assert report(api, gas, "daily", date=DAY)["texts"] is None
    daily = dict(zip(*rows_of(api, gas, "daily", {"date": DAY})[0], strict=True))
    assert (daily["簡訊成功"], daily["簡訊失敗"], daily["減價筆數"]) == ("已刪除", "", "0")
    assert report(api, gas, "daily", date=NEXT)["texts"]["sent"] == 1
    stats = api.get("/v1/notifications/stats", query={"date": DAY}, as_=gas.staff)
    assert (stats.status, stats.body["code"]) == (422, "texts_deleted")
    assert NEXT in stats.body["errors"][0]["message"]


def test_a_restaurants_sales_are_its_completed_orders(api: ApiClient, restaurant: Business) -> None:
    created = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body
    Order(restaurant.tenant.id, created["id"]).update([Order.status.set("completed")])
    found = report(api, restaurant, "daily")
    assert (found["delivered"], found["failed"], found["revenue"]["unpaid"]) == (1, 0, "90")
    day = found["date"]
    assert report(api, restaurant, "sales", **{"from": day, "to": day})["products"][0]["quantity"] == 2


def test_a_report_sees_one_business_only(api: ApiClient, gas: Business, restaurant: Business) -> None:
    order(api, gas)
    text(gas, "2026-11-22T04:00:00.000Z", "sent")
    assert report(api, restaurant, "daily", date=DAY)["orders"] == 0
    assert report(api, restaurant, "orders-by-status", **RANGE)["orders"] == 0
    assert report(api, restaurant, "drivers", **RANGE)["drivers"] == []
    assert report(api, restaurant, "sales", **RANGE)["products"] == []
    assert report(api, restaurant, "notifications", **RANGE)["total"]["sent"] == 0


@pytest.mark.parametrize("name", ["daily", *REPORTS])
def test_reports_are_for_staff(api: ApiClient, gas: Business, name: str) -> None:
    for who in (gas.driver_user, gas.customer_user):
        assert api.get(f"/v1/reports/{name}", as_=who, query=RANGE).status == 403
    assert api.get(f"/v1/reports/{name}").status == 401


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "from"),
        ({"from": DAY}, "to"),
        ({"from": "yesterday", "to": DAY}, "from"),
        ({"from": NEXT, "to": DAY}, "to"),
        ({"from": "2026-08-22", "to": DAY}, "to"),
        ({"from": "0001-01-01", "to": "0001-01-01"}, "from"),
        ({"from": NEXT, "to": "9999-12-31"}, "to"),
        ({**RANGE, "format": "xls"}, "format"),
        ({**RANGE, "tenant_id": "x"}, "tenant_id"),
    ],
)
def test_days_that_cannot_be_are_refused(
    api: ApiClient, gas: Business, name: str, query: dict[str, str], field: str
) -> None:
    refused = api.get(f"/v1/reports/{name}", as_=gas.staff, query=query)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, [field])


def test_ninety_two_days_are_answered(api: ApiClient, gas: Business) -> None:
    found = report(api, gas, "orders-by-status", **{"from": "2026-08-23", "to": DAY})
    assert len(found["days"]) == 92


def test_more_orders_than_a_report_can_read_in_time_are_refused_before_any_is_read(
    api: ApiClient, gas: Business
) -> None:
    for _ in range(3):
        order(api, gas)
    days = Range(date.fromisoformat(DAY), date.fromisoformat(NEXT))
    assert len(list(orders_of(gas.tenant.id, days, most=3))) == 3
    with counted_calls() as calls, pytest.raises(Invalid) as refused:
        next(orders_of(gas.tenant.id, days, most=2))
    assert refused.value.code == "too_many_orders"
    assert calls == {"dynamodb.Query": 1}


def test_more_orders_than_one_call_reads_are_all_counted(api: ApiClient, gas: Business) -> None:
    one = Order.get(gas.tenant.id, order(api, gas))
    for n in range(250):
        one.id, one.day_key = f"x{n:03}", f"{DAY}#x{n:03}"
        one.save()
    assert report(api, gas, "orders-by-status", **RANGE)["orders"] == 251


def test_the_day_is_the_business_own(api: ApiClient, gas: Business) -> None:
    text(gas, "2026-11-22T10:30:00.000Z", "sent")
    gas.tenant.update([Tenant.time_zone.set("Pacific/Auckland")])
    found = report(api, gas, "notifications", **RANGE)
    assert [day["sent"] for day in found["days"]] == [1, 0]
    text(gas, "2026-11-22T11:00:00.000Z", "sent")
    found = report(api, gas, "notifications", **RANGE)
    assert [day["sent"] for day in found["days"]] == [1, 1]


@pytest.mark.parametrize("name", ["status", "payment_status", "total_price", "items"])
@pytest.mark.parametrize("damage", [without_it, of_another_type])
def test_an_order_that_cannot_be_counted_keeps_no_other_from_the_reports(
    api: ApiClient, gas: Business, logged: io.StringIO, name: str, damage: Damage
) -> None:
    order(api, gas, payment_status="paid", driver_id=gas.driver.id)
    before = {report_: report(api, gas, report_, **RANGE) for report_ in REPORTS}
    bad = order(api, gas)
    damage_item(Order, {"tenant_id": gas.tenant.id, "id": bad}, damage, name)

    assert {report_: report(api, gas, report_, **RANGE) for report_ in REPORTS} == before
    assert report(api, gas, "daily", date=DAY)["orders"] == 1
    reasons = {line["reason"] for line in lines(logged) if line["message"] == "row_unreadable"}
    assert reasons == {f"{'missing' if damage is without_it else 'wrong type'}: {name}"}


def test_an_order_with_a_damaged_line_keeps_no_other_from_the_reports(api: ApiClient, gas: Business) -> None:
    order(api, gas)
    bad = order(api, gas)

    def without_a_price(item: dict[str, Any], name: str) -> None:
        del item[name]["L"][0]["M"]["unit_price"]

    damage_item(Order, {"tenant_id": gas.tenant.id, "id": bad}, without_a_price, "items")

    assert report(api, gas, "daily", date=DAY)["orders"] == 1
