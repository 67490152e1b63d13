"""The largest order within the limits is far below DynamoDB's 400 KB, and so are other growing rows."""

from typing import Any

import msgspec

from chalicelib.core import aws
from chalicelib.core.clock import now, wire
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.route import Route
from chalicelib.orders.change import LONGEST_HISTORY
from chalicelib.realtime.formats.short import MOST_MESSAGE_BYTES
from chalicelib.records.opening_hours import DayHours, Hours, Span
from chalicelib.routes.drafts import MOST_STOPS
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.imports.files import checked, committed, csv_file, reported
from tests.world import World

MOST_ROW_BYTES = 200_000
# Four bytes in UTF-8: no character takes more.
WIDE = "𠮷"


# And with the longest record of what changed its money, and the payments that follow.
MOST_WITH_MONEY_CHANGES = 340_000


def item_bytes(item: dict[str, Any]) -> int:
    """A raw item's size as DynamoDB counts it."""
    return sum(len(name) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + _value_bytes(each) for name, each in content.items())
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in content)
    if kind == "S":
        return len(content.encode())
    # A number takes a byte for two digits and one more; nulls and booleans one.
    return 21 if kind == "N" else 1


def stored(model: Any, business: Business, row_id: str) -> int:
    """The size of a row of the business."""
    key = {"tenant_id": {"S": business.tenant.id}, "id": {"S": row_id}}
    return item_bytes(aws.client("dynamodb").get_item(TableName=model.Meta.table_name, Key=key)["Item"])


def largest_order(business: Business, **values: Any) -> dict[str, Any]:
    line = {"product_id": business.products[0].id, "name": WIDE * 100, "quantity": 999, "unit_price": "1234567.89"}
    return order_body(
        business,
        customer_name=WIDE * 100,
        address=WIDE * 300,
        notes=WIDE * 2000,
        table_number=WIDE * 100,
        location={"latitude": -25.1234567, "longitude": -121.1234567},
        payment_method="line_pay",
        estimated_time=10_080,
        items=[line] * 100,
        **values,
    )


def test_an_order_at_every_limit_stays_below_200_kb(world: World, gas: Business) -> None:
    api = world.api
    order = api.post("/v1/orders", raw=msgspec.json.encode(largest_order(gas)), as_=gas.staff).body
    path = f"/v1/orders/{order['id']}"
    reason = WIDE * 300
    # As many steps with the longest reason as leave room for two more.
    row = Order.get(gas.tenant.id, order["id"])
    entry = HistoryEntry(status="delivering", at=row.created_at, by=gas.staff.id, reason=reason)
    row.history = [*row.history, *[entry] * (LONGEST_HISTORY - 3)]
    row.save()
    office = world.connect(gas.staff)
    for status in ("confirmed", "assigned"):
        answer = api.post(f"{path}/status", {"status": status, "reason": reason}, as_=gas.staff)
        assert answer.status == 200
    refused = api.post(f"{path}/status", {"status": "confirmed", "reason": reason}, as_=gas.staff)
    assert (refused.status, refused.body["code"]) == (409, "history_full")
    assert api.post(f"{path}/assign", {"driver_id": gas.driver.id}, as_=gas.staff).status == 409
    assert len(Order.get(gas.tenant.id, order["id"]).history) == LONGEST_HISTORY
    assert MOST_MESSAGE_BYTES < stored(Order, gas, order["id"]) < MOST_ROW_BYTES
    # Its events are logged and sent too.
    api.patch(path, {"notes": WIDE * 1999}, as_=gas.staff)
    world.deliver()
    assert [message["type"] for message in world.received(office) if "orders" in message.get("cursors", ())] == [
        "order_created",
        "order_status_changed",
        "order_status_changed",
        "order_updated",
    ]
    assert world.received(office, "order_updated")[0]["truncated"] is True


def test_an_order_whose_history_is_full_comes_onto_no_route_of_a_driver(api: ApiClient, gas: Business) -> None:
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    row = Order.get(gas.tenant.id, order["id"])
    row.history = [HistoryEntry(status="confirmed", at=wire(now()), by="u")] * LONGEST_HISTORY
    row.save()
    body = {"date": order["scheduled_date"], "stops": [{"order_id": order["id"]}]}
    route = api.post("/v1/routes", body, as_=gas.staff).body
    answer = api.post(f"/v1/routes/{route['id']}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
    assert (answer.status, answer.body["code"], answer.body["order_id"]) == (409, "history_full", order["id"])
    assert len(Order.get(gas.tenant.id, order["id"]).history) == LONGEST_HISTORY


def test_the_longest_money_record_leaves_room_for_all_steps_and_payments(api: ApiClient, gas: Business) -> None:
    body = largest_order(gas)
    order_id = api.post("/v1/orders", raw=msgspec.json.encode(body), as_=gas.staff).body["id"]
    path, line = f"/v1/orders/{order_id}", body["items"][0]
    number, codes = 0, list[str]()
    while codes[-1:] != ["changes_full"]:
        number += 1
        # The largest change at first: all lines are others. Then the smallest.
        items = (
            [{**line, "product_id": None, "name": f"{number}{WIDE * 98}"}] * 100
            if number == 1
            else [line] * number
        )
        answer = api.patch(path, {"items": items, "reason": WIDE * 300}, as_=gas.staff)
        codes.append(answer.body.get("code", ""))
    assert codes[0] == ""
    row = Order.get(gas.tenant.id, order_id)
    step = HistoryEntry(status="delivering", at=row.created_at, by=gas.staff.id, reason=WIDE * 300)
    Order(gas.tenant.id, order_id).update([Order.history.set([step] * LONGEST_HISTORY)])
    for payment in ("paid", "refunded"):
        answer = api.post(f"{path}/payment", {"payment_status": payment, "reason": WIDE * 300}, as_=gas.staff)
        assert answer.status == 200
    assert 200_000 < stored(Order, gas, order_id) < MOST_WITH_MONEY_CHANGES


def test_a_route_with_the_most_stops_is_small(api: ApiClient, gas: Business) -> None:
    orders = []
    for _ in range(MOST_STOPS):
        order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
        api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
        orders.append(order)
    body = {
        "date": orders[0]["scheduled_date"],
        "name": WIDE * 100,
        "stops": [{"order_id": order["id"], "service_minutes": 240} for order in orders],
    }
    route = api.post("/v1/routes", body, as_=gas.staff).body
    api.post(f"/v1/routes/{route['id']}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
    assert stored(Route, gas, route["id"]) < MOST_ROW_BYTES // 10


def test_a_recurring_order_with_the_most_lines_is_small(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    body = {
        "customer_id": gas.customer.id,
        "items": [{"product_id": gas.products[0].id, "quantity": 999}] * 20,
        "rule": {"every_days": 366},
        "notes": WIDE * 2000,
    }
    answer = api.post("/v1/order-templates", body, as_=gas.staff)
    assert answer.status == 201, answer.body
    assert stored(OrderTemplate, gas, answer.body["id"]) < MOST_ROW_BYTES // 10


def test_opening_hours_with_an_exception_for_every_day_of_a_year_stay_below_200_kb() -> None:
    spans = (Span("00:00", "24:00"),) * 6
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), spans)
    hours = Hours(weekly=week, exceptions=(DayHours(now().date(), spans),) * 366)  # type: ignore[arg-type]
    assert len(msgspec.json.encode(hours)) < MOST_ROW_BYTES


def test_a_newer_file_adds_no_step_to_a_history_that_is_full(world: World, gas: Business) -> None:
    header = ("id", "phone", "item", "quantity", "status")
    first = csv_file(header, ("1", "0912345678", "20公斤瓦斯桶", "1", "pending"))
    committed(world, gas.staff, "orders", first)
    (order,) = Order.query(gas.tenant.id)
    order.history = [HistoryEntry(status="pending", at=order.created_at, by="u")] * LONGEST_HISTORY
    order.save()
    newer = csv_file(header, ("1", "0912345678", "20公斤瓦斯桶", "1", "confirmed"))
    found = checked(world, gas.staff, "orders", newer)
    (line,) = reported(world.api, gas.staff, found["id"], only="errors")
    assert [error["field"] for error in line["errors"]] == ["status"]
