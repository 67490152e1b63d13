"""Routes proposed on a real local stack: the API asks the deployed `optimize_routes`, and VROOM answers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

# A day of this test's own.
DAY = (datetime.now(ZoneInfo("Asia/Taipei")) + timedelta(days=40)).date().isoformat()
DOORS = [(25.0268, 121.5270), (25.0480, 121.5622), (25.0579, 121.5330), (25.0107, 121.5145), (24.9880, 121.5537)]


def at(hour: str) -> str:
    return f"{DAY}T{hour}:00+08:00"


def confirmed(office: Client, **values: Any) -> str:
    order = office.order(scheduled_date=DAY, **values)
    assert office.step(order["id"], "confirmed").status_code == 200
    return str(order["id"])


def test_a_day_is_planned_and_nothing_is_written(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    products = office.get("/v1/products", q="20公斤").json()["items"]
    two = [{"product_id": products[0]["id"], "quantity": 2}]
    orders = [confirmed(office, items=two, location={"latitude": y, "longitude": x}) for y, x in DOORS]
    homeless = confirmed(office, items=two)
    plan = {
        "date": DAY,
        "depot": {"latitude": 25.04, "longitude": 121.55},
        "vehicles": [{"start_at": at("08:00"), "end_at": at("18:00"), "capacity": 240}] * 2,
        "time_windows": [{"order_id": orders[4], "from": at("13:00"), "until": at("15:00")}],
    }
    answer = office.post("/v1/routes/optimize", plan)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    stops = [stop for route in found["routes"] for stop in route["stops"]]
    assert sorted(stop["order_id"] for stop in stops) == sorted(orders)
    assert found["unserved"] == [{"order_id": homeless, "reason": "no_location"}]
    assert sorted(route["load"] for route in found["routes"]) == ["160", "240"]
    late = next(stop for stop in stops if stop["order_id"] == orders[4])
    begins = datetime.fromisoformat(late["arrival"]) + timedelta(seconds=late["waiting"])
    assert datetime.fromisoformat(at("13:00")) <= begins <= datetime.fromisoformat(at("15:00"))
    assert begins.tzinfo == UTC
    assert office.post("/v1/routes/optimize", plan).json() == found
    order = office.get(f"/v1/orders/{orders[0]}").json()
    assert (order["status"], order["version"], order["route_id"]) == ("confirmed", 2, None)


def test_a_restaurant_has_no_routes_to_plan(stack: LocalStack) -> None:
    plan = {"date": DAY, "depot": {"latitude": 25, "longitude": 121}, "vehicles": [{"start_at": at("08:00")}]}
    answer = Client(stack, "office_staff", "table").post("/v1/routes/optimize", plan)
    assert (answer.status_code, answer.json()["code"]) == (403, "delivery_only")
