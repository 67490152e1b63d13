"""The daily report lists the totals that were lowered on the day."""

from datetime import timedelta
from typing import Any

from chalicelib.core.clock import from_wire, local_day, now, wire
from chalicelib.models.order import Order
from chalicelib.models.user import User
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.reports.figures import report, rows_of


def served_order(api: ApiClient, of: Business, *steps: str) -> str:
    order_id: str = api.post("/v1/orders", order_body(of), as_=of.staff).body["id"]
    for status in steps or ("confirmed",):
        api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=of.staff)
    return order_id


def reprice(api: ApiClient, of: Business, order_id: str, price: str, by: User, **reason: str) -> None:
    items = [{"menu_item_id": of.products[0].id, "quantity": 2, "unit_price": price}]
    answer = api.patch(f"/v1/orders/{order_id}", {"items": items, **reason}, as_=by)
    assert answer.status == 200, answer.body


def day(ago: timedelta = timedelta()) -> str:
    return local_day(now() - ago, "Asia/Taipei")


def changed_before(of: Business, order_id: str, ago: timedelta) -> None:
    """As if the changes of an order had been made that long ago."""
    row = Order.get(of.tenant.id, order_id)
    for change in row.money_changes:
        change.at = wire(from_wire(change.at) - ago)
    row.update([Order.money_changes.set(row.money_changes), Order.reduced_at.set(row.money_changes[-1].at)])


def test_a_day_names_each_lowered_total_with_user_amounts_and_reason(api: ApiClient, restaurant: Business) -> None:
    first = served_order(api, restaurant, "confirmed", "preparing", "ready", "served")
    second = served_order(api, restaurant)
    reprice(api, restaurant, first, "0.5", restaurant.staff, reason="帳單打錯")
    reprice(api, restaurant, second, "60", restaurant.staff)
    reprice(api, restaurant, second, "50.5", restaurant.admin, reason="=客訴")
    found = report(api, restaurant, "daily")
    number = Order.get(restaurant.tenant.id, first).order_number
    assert found["reduced"] == "108"
    assert len(found["reductions"]) == 2
    row: dict[str, Any] = found["reductions"][0]
    assert row.pop("at").endswith("Z")
    assert row == {
        "order_id": first,
        "order_number": number,
        "table_number": "A3",
        "customer_name": None,
        "by": restaurant.staff.id,
        "by_name": "office_staff",
        "reason": "帳單打錯",
        "status": "served",
        "total_before": "90",
        "total_after": "1",
    }
    assert (found["reductions"][1]["by_name"], found["reductions"][1]["reason"]) == ("admin", "=客訴")
    rows, _ = rows_of(api, restaurant, "daily", {"date": day()})
    assert dict(zip(*rows[:2], strict=True))["減價金額"] == "108"
    assert rows[2] == []
    assert rows[4][1:] == [number, "A3", "已上桌", "office_staff", "90", "1", "帳單打錯"]
    assert rows[5][-1] == "'=客訴"


def test_a_reduction_counts_on_the_day_on_which_it_was_made(api: ApiClient, restaurant: Business) -> None:
    order_id = served_order(api, restaurant)
    reprice(api, restaurant, order_id, "40", restaurant.staff, reason="昨天")
    changed_before(restaurant, order_id, timedelta(days=1))
    reprice(api, restaurant, order_id, "30", restaurant.staff, reason="今天")
    untouched = served_order(api, restaurant)
    for ago, reason in ((timedelta(), "今天"), (timedelta(days=1), "昨天")):
        rows = report(api, restaurant, "daily", date=day(ago))["reductions"]
        assert [(row["order_id"], row["reason"]) for row in rows] == [(order_id, reason)]
    assert untouched != order_id
    assert report(api, restaurant, "daily", date="2026-01-01")["reductions"] == []


def test_a_correction_before_acceptance_is_no_reduction(api: ApiClient, restaurant: Business) -> None:
    order_id = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body["id"]
    reprice(api, restaurant, order_id, "40", restaurant.staff)
    found = report(api, restaurant, "daily")
    assert (found["reductions"], found["reduced"]) == ([], "0")
