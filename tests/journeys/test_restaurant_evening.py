"""An evening of a restaurant: forty tables, their guests' phones, the kitchen's board and the till."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core.clock import local_day, now
from chalicelib.models.order import Order
from tests.api_client import ApiClient
from tests.factories import Business, dining_table, table_business
from tests.reports.figures import report
from tests.visits import Guest, move, sat_down
from tests.world import World

TABLES = 40
WAY = ("confirmed", "preparing", "ready", "served", "completed")


class Board:
    """The kitchen's screen: it knows only what it hears on the socket."""

    def __init__(self, world: World, restaurant: Business) -> None:
        self._world, self._id = world, world.connect(restaurant.staff)

    @property
    def orders(self) -> dict[str, dict[str, Any]]:
        """The latest received version of each order."""
        received = [each["order"] for each in self._world.received(self._id) if "order" in each]
        return {order["id"]: order for order in sorted(received, key=lambda order: order["version"])}


@pytest.fixture
def guests(world: World, restaurant: Business) -> list[Guest]:
    """One at each table."""
    return [sat_down(world.api, dining_table(restaurant.tenant, f"{n:02}")) for n in range(1, TABLES + 1)]


# Each transaction in moto copies its tables.
def test_an_evening_of_forty_tables_adds_up(world: World, restaurant: Business, guests: list[Guest]) -> None:
    dice, api = random.Random(40), world.api
    neighbour = table_business()
    board, next_door = Board(world, restaurant), Board(world, neighbour)
    rice, soup = restaurant.products
    first = today(restaurant)
    expected: dict[str, Decimal] = {}
    bowls: dict[str, int] = {}
    owner: dict[str, str] = {}
    for n, guest in enumerate(guests):
        ordered = []
        for course in range(2 if n % 4 == 0 else 1):
            quantity = dice.randint(1, 4)
            lines = [{"menu_item_id": rice.id, "quantity": quantity}, {"menu_item_id": soup.id, "quantity": 1}]
            # The wireless is bad: every third order is sent twice.
            for _ in range(2 if n % 3 == 0 else 1):
                answer = guest.order(restaurant, items=lines, key=f"course-{course}")
                assert answer.status == 201, answer.body
            order = answer.body
            expected[order["id"]], bowls[order["id"]] = quantity * Decimal(45) + 35, quantity
            ordered.append(order["id"])
        # A new connection is subscribed to the guest's open orders.
        owner |= dict.fromkeys(ordered, world.connect_with(guest.token))
        if n % 10 == 9:
            world.deliver()
    # An evening may last until after midnight.
    days = sorted({first, today(restaurant)})
    world.deliver()
    assert len(board.orders) == len(expected) == 50
    assert {order["daily_number"] for order in board.orders.values()} == set(range(1, 51))

    cancelled = set(dice.sample(sorted(expected), 5))
    for n, order_id in enumerate(board.orders):
        for status in ("cancelled",) if order_id in cancelled else WAY:
            move(api, restaurant, order_id, status)
        # A waiter who is not sure that the till took it pays again.
        if order_id not in cancelled:
            for _ in range(2):
                pay(world, restaurant, order_id, "paid")
        if n % 20 == 19:
            world.deliver()
    spilled = dice.sample(sorted(set(expected) - cancelled), 3)
    for order_id in spilled:
        pay(world, restaurant, order_id, "refunded")
    # Streams repeat.
    world.deliver(times=2)

    on_the_board = board.orders
    assert Counter(order["status"] for order in on_the_board.values()) == {"completed": 45, "cancelled": 5}
    assert Counter(order["payment_status"] for order in on_the_board.values()) == {
        "paid": 42,
        "pending": 5,
        "refunded": 3,
    }
    takings = sum(
        Decimal(order["total_price"]) for order in on_the_board.values() if order["payment_status"] == "paid"
    )
    assert takings == sum(expected[order_id] for order_id in set(expected) - cancelled - set(spilled))
    rows = {row.id: row for row in Order.query(restaurant.tenant.id)}
    assert {row.id: (row.status, row.payment_status, row.version) for row in rows.values()} == {
        order_id: (order["status"], order["payment_status"], order["version"])
        for order_id, order in on_the_board.items()
    }
    for order_id, phone in owner.items():
        received = [each["order"] for each in world.received(phone) if "order" in each]
        assert {each["id"] for each in received} <= {own for own, whose in owner.items() if whose == phone}
        last = max((each for each in received if each["id"] == order_id), key=lambda each: each["version"])
        assert (last["status"], last["payment_status"]) == (rows[order_id].status, rows[order_id].payment_status)
    assert not next_door.orders

    refunded = sum(expected[order_id] for order_id in spilled)
    check_reports(api, restaurant, days, takings=takings, refunded=refunded)
    stored = set(expected) - cancelled - set(spilled)
    check_sales(api, restaurant, days, [bowls[order_id] for order_id in stored])
    assert report(api, neighbour, "daily")["orders"] == 0


def check_reports(
    api: ApiClient, restaurant: Business, days: list[str], *, takings: Decimal | int, refunded: Decimal | int
) -> None:
    """The day's and the statuses' report: forty-five eaten, five cancelled."""
    status = Counter(completed=45, cancelled=5)
    by_day = [report(api, restaurant, "daily", date=day) for day in days]
    assert added(each["by_status"] for each in by_day) == status
    counts = ({name: each[name] for name in ("orders", "created", "delivered", "cancelled")} for each in by_day)
    assert added(counts) == Counter(orders=50, created=50, delivered=45, cancelled=5)
    revenue = ({name: Decimal(amount) for name, amount in each["revenue"].items()} for each in by_day)
    assert added(revenue) == {"total": takings, "paid": takings, "refunded": refunded}
    found = report(api, restaurant, "orders-by-status", **{"from": days[0], "to": days[-1]})
    assert (found["orders"], +Counter(found["by_status"])) == (50, status)
    assert added(each["by_status"] for each in found["days"]) == status


def check_sales(api: ApiClient, restaurant: Business, days: list[str], bowls: list[int]) -> None:
    """What was sold. bowls: of rice in each order that was eaten and paid; each had one soup."""
    rice, soup = restaurant.products
    amounts = {rice.id: sum(bowls) * Decimal(45), soup.id: len(bowls) * Decimal(35)}
    found = report(api, restaurant, "sales", **{"from": days[0], "to": days[-1]})
    assert Decimal(found["amount"]) == sum(amounts.values())
    assert sum(Decimal(each["amount"]) for each in found["days"]) == sum(amounts.values())
    assert sum(each["orders"] for each in found["days"]) == len(bowls) == 42
    products = {each["product_id"]: each for each in found["products"]}
    assert {id_: Decimal(each["amount"]) for id_, each in products.items()} == amounts
    assert (products[rice.id]["quantity"], products[soup.id]["quantity"]) == (sum(bowls), len(bowls))


def today(restaurant: Business) -> str:
    return local_day(now(), restaurant.tenant.time_zone)


def added(figures: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Figures of several days as one, without what is nought."""
    total: Counter[str] = Counter()
    for each in figures:
        total.update(each)
    return +total


def pay(world: World, restaurant: Business, order_id: str, status: str) -> None:
    body = {"payment_status": status, "payment_method": "cash"}
    answer = world.api.post(f"/v1/orders/{order_id}/payment", body, as_=restaurant.staff)
    assert answer.status == 200, answer.body
