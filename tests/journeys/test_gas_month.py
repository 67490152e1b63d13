"""A month of a gas business: imported customers, recurring orders, failed attempts; and consistent figures."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.clock import local_day, now
from tests.deliveries.doors import confirm, go_out, pin_of, qr_of, step, uploaded
from tests.factories import Business, order_body
from tests.imports.files import checked, csv_file
from tests.world import World

# Some three hundred requests on moto, which copies tables for each transaction.

DAYS = 28
CUSTOMERS = 6
ZONE = "Asia/Taipei"


@dataclass
class Book:
    """The figures that the reports should have, counted by the test."""

    delivered: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)
    amount: Counter[str] = field(default_factory=Counter)
    paid: Decimal = Decimal(0)
    cylinders: Counter[str] = field(default_factory=Counter)
    attempts: int = 0

    def deliver(self, day: str, order: dict[str, Any], empties: int) -> None:
        self.delivered[day] += 1
        self.amount[day] += Decimal(order["total_price"])  # type: ignore[assignment]
        self.cylinders[order["customer_id"]] += sum(item["quantity"] for item in order["items"]) - empties


PROOFS: list[Callable[[World, Business, str], dict[str, str]]] = [
    lambda world, gas, order: {"confirmation_type": "pin", "pin": pin_of(world.api, gas, order)},
    lambda world, gas, order: {"confirmation_type": "qr_code", "qr": qr_of(world.api, gas, order)},
    lambda world, gas, order: {
        "confirmation_type": "photo",
        "upload_key": uploaded(world.api, gas, order, "photo"),
    },
]


def test_a_month_of_a_gas_shop_adds_up(world: World, gas: Business) -> None:
    api, book = world.api, Book()
    for product in gas.products:
        api.patch(f"/v1/products/{product.id}", {"is_cylinder": True}, as_=gas.staff)
    moved = _moved_over(world, gas)
    for customer_id in moved:
        _every_week(world, gas, customer_id)
    start = datetime.now(ZoneInfo(ZONE)).replace(hour=9, minute=0, second=0, microsecond=0)
    days = [start + timedelta(days=n) for n in range(DAYS)]
    for n, day in enumerate(days):
        _one_day(world, gas, book, n, day)
    first, last = (local_day(day, ZONE) for day in (days[0], days[-1]))
    _figures_add_up(world, gas, book, first, last)
    assert sum(book.delivered.values()) >= CUSTOMERS * 4, "each customer four times, and who called"
    for customer_id in moved:
        shown = api.get(f"/v1/customers/{customer_id}", as_=gas.staff).body
        assert shown["cylinders_out"] == book.cylinders[customer_id]


def _moved_over(world: World, gas: Business) -> list[str]:
    """The customers' ids, brought in from a file, twice."""
    rows = [(f"old-{n}", f"客戶{n}", f"09123456{n:02}", f"臺北市中山區{n}號") for n in range(CUSTOMERS)]
    for expected in ("created", "unchanged"):
        found = checked(world, gas.staff, "customers", csv_file(("id", "姓名", "電話", "地址"), *rows))
        assert world.api.post(f"/v1/imports/{found['id']}/commit", as_=gas.staff).status == 202
        world.deliver_imports()
        done = world.api.get(f"/v1/imports/{found['id']}", as_=gas.staff).body
        assert (done["state"], done["rows"][expected]) == ("done", CUSTOMERS), done
    found = world.api.get("/v1/customers", query={"q": "中山區"}, as_=gas.staff).body["items"]
    assert len(found) == CUSTOMERS
    return [row["id"] for row in found]


def _every_week(world: World, gas: Business, customer_id: str) -> None:
    body = {
        "customer_id": customer_id,
        "items": [{"product_id": gas.products[0].id, "quantity": 1}],
        "rule": {"every_days": 7},
        "start_date": local_day(now(), ZONE),
    }
    answer = world.api.post("/v1/order-templates", body, as_=gas.staff)
    assert answer.status == 201, answer.body


def _one_day(world: World, gas: Business, book: Book, n: int, day: datetime) -> None:
    api, date = world.api, local_day(day, ZONE)
    for _ in range(2):
        # The schedule runs each hour; what is due is made once.
        world.create_due_orders(day.astimezone(UTC))
    if n % 4 == 0:
        called = api.post("/v1/orders", order_body(gas, scheduled_date=date), as_=gas.staff)
        assert called.status == 201, called.body
    todays = api.get("/v1/orders", query={"date": date}, as_=gas.staff).body["items"]
    for k, order in enumerate(sorted(todays, key=lambda each: each["id"])):
        if n % 7 == 3 or (k == 0 and n % 8 == 4):
            assert step(api, gas, order["id"], "cancelled", reason="客人取消").status == 200
            book.cancelled[date] += 1
            continue
        _bring(world, gas, book, date, order, n + k)
    world.deliver(times=2)


def _bring(world: World, gas: Business, book: Book, date: str, order: dict[str, Any], turn: int) -> None:
    api = world.api
    if turn % 5 == 0:
        go_out(api, gas, order["id"])
        assert step(api, gas, order["id"], "failed", reason="無人在家").status == 200
        book.attempts += 1
    go_out(api, gas, order["id"])
    empties = turn % 2
    proof = PROOFS[turn % len(PROOFS)](world, gas, order["id"])
    for _ in range(2):
        # The phone had no signal and says it again.
        answer = confirm(api, gas, order["id"], **proof, empties_back=empties)
        assert (answer.status, answer.body["status"]) == (200, "delivered"), answer.body
    book.attempts += 1
    book.deliver(date, order, empties)
    if turn % 3:
        assert (
            api.post(f"/v1/orders/{order['id']}/payment", {"payment_status": "paid"}, as_=gas.staff).status == 200
        )
        book.paid += Decimal(order["total_price"])


def _figures_add_up(world: World, gas: Business, book: Book, first: str, last: str) -> None:
    api, span = world.api, {"from": first, "to": last}
    status = api.get("/v1/reports/orders-by-status", query=span, as_=gas.staff).body
    assert {name: count for name, count in status["by_status"].items() if count} == {
        name: count
        for name, count in (("delivered", book.delivered.total()), ("cancelled", book.cancelled.total()))
        if count
    }
    sales = api.get("/v1/reports/sales", query=span, as_=gas.staff).body
    assert {day["date"]: Decimal(day["amount"]) for day in sales["days"] if day["orders"]} == dict(book.amount)
    [driver] = api.get("/v1/reports/drivers", query=span, as_=gas.staff).body["drivers"]
    assert (driver["driver_id"], driver["delivered"]) == (gas.driver.id, book.delivered.total())
    daily = [api.get("/v1/reports/daily", query={"date": date}, as_=gas.staff).body for date in book.delivered]
    assert sum(Decimal(day["revenue"]["paid"]) for day in daily) == book.paid
    assert sum(day["delivered"] for day in daily) == book.delivered.total()
    attempts, cursor = 0, None
    while True:
        page = api.get("/v1/deliveries", query={"cursor": cursor} if cursor else {}, as_=gas.staff).body
        attempts, cursor = attempts + len(page["items"]), page["next_cursor"]
        if cursor is None:
            break
    assert attempts == book.attempts
