"""Rows of attempts: one for each time an order becomes `delivering`, finished once, and cylinders counted once."""

from typing import Any

from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import Order
from tests.deliveries.doors import confirm, delivery, go_out, on_the_way, qr_of, step
from tests.factories import Business, order_body, product
from tests.world import World


def rows(gas: Business) -> list[dict[str, Any]]:
    return [
        {name: getattr(row, name) for name in ("number", "outcome", "failure_reason", "cylinders_out")}
        for row in Delivery.query(gas.tenant.id)
    ]


def cylinders(world: World, gas: Business) -> int:
    assert gas.customer is not None
    found: int = world.api.get(f"/v1/customers/{gas.customer.id}", as_=gas.staff).body["cylinders_out"]
    return found


def test_a_failed_attempt_and_the_one_that_succeeds_are_two_rows(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas, estimated_time=30)
    step(world.api, gas, order_id, "failed", reason="沒人在家")
    go_out(world.api, gas, order_id)
    confirm(world.api, gas, order_id, "qr_code", qr=qr_of(world.api, gas, order_id))
    world.deliver(times=2)
    assert rows(gas) == [
        {"number": 1, "outcome": "failed", "failure_reason": "沒人在家", "cylinders_out": 0},
        {"number": 2, "outcome": "delivered", "failure_reason": None, "cylinders_out": 2},
    ]
    first, second = delivery(world.api, gas, order_id)["attempts"]
    assert first["driver_id"] == second["driver_id"] == gas.driver.id
    assert first["finished_at"] < second["started_at"] < second["eta"]
    assert second["proof"]["confirmation_type"] == "qr_code"


def test_a_delivery_looks_the_same_before_and_after_the_stream(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas)
    for requested in ("arriving", "arrived", "failed"):
        before = delivery(world.api, gas, order_id)
        world.deliver()
        assert delivery(world.api, gas, order_id) == before
        step(world.api, gas, order_id, requested)
    world.deliver()
    shown = delivery(world.api, gas, order_id)["attempts"]
    step(world.api, gas, order_id, "confirmed")
    world.deliver()
    assert delivery(world.api, gas, order_id)["attempts"] == shown, "by whoever it was delivered"


def test_cylinders_go_to_the_customer_and_empties_come_back(world: World, gas: Business) -> None:
    """Only lines that were cylinders when they were ordered count, even if the product changes later."""
    hose = product(gas.tenant, "瓦斯管", "150")
    items = [{"product_id": gas.products[0].id, "quantity": 3}, {"product_id": hose.id, "quantity": 5}]
    order_id = on_the_way(world.api, gas, items=items)
    confirm(world.api, gas, order_id, "qr_code", qr=qr_of(world.api, gas, order_id), empties_back=1)
    world.deliver(times=3)
    assert cylinders(world, gas) == 2
    step(world.api, gas, plain := on_the_way(world.api, gas), "delivered")
    world.deliver()
    assert cylinders(world, gas) == 4, "also without a proof"
    world.api.patch(f"/v1/orders/{plain}", {"payment_status": "paid"}, as_=gas.staff)
    world.deliver()
    assert cylinders(world, gas) == 4, "an edit of an order that is over counts nothing"


def test_staff_correct_the_count_and_a_delivery_in_between_gives_a_conflict(world: World, gas: Business) -> None:
    assert gas.customer is not None
    path = f"/v1/customers/{gas.customer.id}"
    seen = world.api.get(path, as_=gas.staff).body["version"]
    order_id = on_the_way(world.api, gas)
    confirm(world.api, gas, order_id, "qr_code", qr=qr_of(world.api, gas, order_id))
    world.deliver()
    stale = world.api.patch(path, {"cylinders_out": 7, "version": seen}, as_=gas.staff)
    assert (stale.status, stale.body["code"]) == (409, "stale_version")
    assert world.api.patch(path, {"cylinders_out": 7}, as_=gas.staff).body["cylinders_out"] == 7
    assert world.api.patch(path, {"cylinders_out": -1}, as_=gas.staff).status == 422
    assert world.api.patch(path, {"cylinders_out": 0}, as_=gas.staff).body["cylinders_out"] == 0


def test_a_deleted_customer_delays_nothing(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas)
    assert gas.customer is not None
    Customer.get(gas.tenant.id, gas.customer.id).delete()
    step(world.api, gas, order_id, "delivered")
    world.deliver(times=2)
    assert [row["outcome"] for row in rows(gas)] == ["delivered"]


def test_an_order_that_is_imported_with_its_past_brings_no_cylinders(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas)
    step(world.api, gas, order_id, "delivered")
    records = world.take("orders")
    del records[-1]["dynamodb"]["OldImage"]
    world.follow("orders", [{**records[-1], "eventName": "INSERT"}])
    assert [row["outcome"] for row in rows(gas)] == ["delivered"]
    assert cylinders(world, gas) == 0


def test_a_quiet_status_change_makes_an_attempt_and_sends_no_event(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas)
    step(world.api, gas, order_id, "delivered", notify=False)
    world.deliver()
    assert [row["outcome"] for row in rows(gas)] == ["delivered"]


def test_the_customer_is_notified_of_each_outcome_once(world: World, gas: Business) -> None:
    assert gas.customer_user is not None
    customer = world.connect(gas.customer_user)
    order_id = on_the_way(world.api, gas)
    step(world.api, gas, order_id, "failed", reason="沒人在家")
    go_out(world.api, gas, order_id)
    qr = qr_of(world.api, gas, order_id)
    for _ in range(2):
        assert confirm(world.api, gas, order_id, "qr_code", qr=qr).status == 200
    world.deliver(times=2)
    received = world.received(customer, "delivery_update")
    outcomes = {each["id"]: each["data"]["status"] for each in received}
    assert list(outcomes.values()).count("failed") == list(outcomes.values()).count("delivered") == 1
    assert "pin" not in str(world.gateway.messages(customer))


def test_an_order_that_is_eaten_at_a_table_is_no_delivery(world: World, restaurant: Business) -> None:
    order = world.api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body
    for status in ("confirmed", "preparing", "ready", "served", "completed"):
        assert step(world.api, restaurant, order["id"], status).status == 200
    world.deliver()
    assert Delivery.count() == 0
    assert Order.get(restaurant.tenant.id, order["id"]).pin is None
    assert world.api.get(f"/v1/deliveries/{order['id']}", as_=restaurant.staff).status == 404
