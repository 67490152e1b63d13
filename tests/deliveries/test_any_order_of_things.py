"""For any sequence of changes and records, an order is delivered at most once, and its cylinders count once."""

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.consumers.batch import parse_image
from chalicelib.deliveries.attempts import attempt_of, has_attempt, record_attempt
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import Order
from tests.deliveries.doors import delivery, on_the_way, other_pin, pin_of, qr_of, step
from tests.factories import Business, customer
from tests.lambda_events import stream
from tests.world import World

ZONE = "Asia/Taipei"
CYLINDERS = 2
ACTS = ("arriving", "failed", "again", "delivered", "qr", "pin", "wrong pin", "edit", "pay")


class Door:
    """One order, and its expected state."""

    def __init__(self, world: World, gas: Business) -> None:
        self.world, self.gas = world, gas
        self.customer = customer(gas.tenant)
        self.order_id = on_the_way(world.api, gas, customer_id=self.customer.id)
        self.qr = qr_of(world.api, gas, self.order_id)
        self.pin = pin_of(world.api, gas, self.order_id)

    def act(self, act: str, empties: int) -> None:
        """Does it, whether or not that is possible now."""
        api, gas, order_id = self.world.api, self.gas, self.order_id
        path = f"/v1/orders/{order_id}"
        if act in ("arriving", "failed", "delivered"):
            answer = step(api, gas, order_id, act)
        elif act == "again":
            answer = step(api, gas, order_id, "confirmed")
            if answer.status == 200:
                api.post(f"{path}/assign", {"driver_id": gas.drivers[1][1].id}, as_=gas.staff)
                answer = step(api, gas, order_id, "delivering")
        elif act == "qr":
            body = {"confirmation_type": "qr_code", "qr": self.qr, "empties_back": empties}
            answer = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff)
        elif act in ("pin", "wrong pin"):
            pin = self.pin if act == "pin" else other_pin(self.pin)
            body = {"confirmation_type": "pin", "pin": pin, "empties_back": empties}
            answer = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff)
        else:
            edit: dict[str, Any] = (
                {"estimated_time": 20 + empties} if act == "edit" else {"payment_status": "paid"}
            )
            answer = api.patch(path, edit, as_=gas.staff)
        assert answer.status in (200, 409, 422, 429), answer.body

    def records(self) -> list[dict[str, Any]]:
        """The stream's new records of this order."""
        return [each for each in self.world.take("orders") if each["dynamodb"]["Keys"]["id"]["S"] == self.order_id]


def follow(records: Iterable[dict[str, Any]]) -> None:
    for record in stream(list(records))["Records"]:
        images = record["dynamodb"]
        if "NewImage" in images:
            old = parse_image(Order, images["OldImage"]) if "OldImage" in images else None
            new = parse_image(Order, images["NewImage"])
            if has_attempt(new):
                record_attempt(old, new, ZONE)


def received(row: Delivery) -> dict[str, Any]:
    """All but the version, which an edit of the order may have moved."""
    return {name: value for name, value in row.serialize().items() if name != "order_version"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), max_size=8),
    repeats=st.lists(st.integers(0, 40), max_size=8),
    shuffled=st.randoms(use_true_random=False),
)
def test_an_order_is_delivered_once_and_its_cylinders_are_counted_once(
    world: World, gas: Business, acts: list[tuple[str, int]], repeats: list[int], shuffled: Any
) -> None:
    door = Door(world, gas)
    records: list[dict[str, Any]] = door.records()
    for act, empties in acts:
        door.act(act, empties)
        records += door.records()
    # A stream keeps the records of a row in order; a part that was repeated or parked does not.
    sent = [*records, *(records[n % len(records)] for n in repeats)]
    shuffled.shuffle(sent)
    follow(sent)

    order = Order.get(gas.tenant.id, door.order_id)
    ends = [entry.status for entry in order.history]
    rows = sorted(Delivery.query(gas.tenant.id, Delivery.id.startswith(door.order_id)), key=lambda row: row.number)
    assert [row.number for row in rows] == list(range(1, ends.count("delivering") + 1))
    outcomes = [row.outcome for row in rows]
    assert outcomes[:-1] == ["failed"] * (len(rows) - 1)
    assert outcomes.count("delivered") == ends.count("delivered") == (order.status == "delivered")
    assert [bool(row.finished_at) for row in rows] == [outcome != "under_way" for outcome in outcomes]
    assert rows[0].driver_id == gas.drivers[0][1].id
    assert {row.driver_id for row in rows[1:]} <= {gas.drivers[1][1].id}

    present = attempt_of(order, ZONE)
    if present is not None:
        assert received(rows[-1]) == received(present)

    counted = int(Customer.get(gas.tenant.id, door.customer.id).cylinders_out or 0)
    back = int(order.proof.empties_back) if order.proof else 0
    assert counted == (CYLINDERS - back if order.status == "delivered" else 0)
    shown = delivery(world.api, gas, door.order_id)["attempts"]
    assert [each["outcome"] for each in shown] == outcomes


def test_the_property_test_reaches_a_second_attempt_that_is_delivered(world: World, gas: Business) -> None:
    door = Door(world, gas)
    for act in ("failed", "again", "qr", "qr", "pay"):
        door.act(act, 1)
    records = door.records()
    follow(reversed([*records, *records]))
    assert [row.outcome for row in Delivery.query(gas.tenant.id)] == ["failed", "delivered"]
    assert Customer.get(gas.tenant.id, door.customer.id).cylinders_out == CYLINDERS - 1
