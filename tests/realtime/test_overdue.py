"""The office is notified of an overdue order once for its day, also with repeats, crashes and concurrent runs."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import epoch, first_id, time_zone, wire
from chalicelib.models.announcement import Announcement
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime.overdue import DAYS, MOST_SINGLE
from chalicelib.realtime.replay import replay
from tests.calls import counted_calls
from tests.crashes import Crash, at_call, crash
from tests.factories import Business, delivery_business, order_body
from tests.lost_answers import answers_lost
from tests.models.damage import damage_row
from tests.stale_reads import stale_reads
from tests.world import World

# Another day than today, so that no test runs near midnight.
DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
MIDNIGHT = dt.datetime.combine(DAY, dt.time(), time_zone("Asia/Taipei")).astimezone(dt.UTC)
NOON = MIDNIGHT + dt.timedelta(hours=12)
DAY_AFTER = MIDNIGHT + dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def new_order(world: World, business: Business, **values: Any) -> dict[str, Any]:
    body = order_body(business, **{"scheduled_date": DAY.isoformat(), **values})
    answer = world.api.post("/v1/orders", body, as_=business.staff)
    assert answer.status == 201, answer.body
    order: dict[str, Any] = answer.body
    return order


def move(order: dict[str, Any], status: str, at: dt.datetime, **values: Any) -> None:
    """The order took its step then, whatever the clock on the wall says."""
    [row] = [row for row in Order.scan() if row.id == order["id"]]
    row.update(
        [
            Order.status.set(status),
            Order.status_key.set(f"{status}#{row.id}"),
            Order.history.set([*row.history, HistoryEntry(status=status, at=wire(at), by="u")]),
            *(getattr(Order, name).set(value) for name, value in values.items()),
        ]
    )


def received(user: User) -> list[dict[str, Any]]:
    """The data of every notification in the log of the office's channel."""
    events = [stamped.event for stamped in replay(user.tenant_id, "orders", 0, None).events]
    return [dict(event.data) for event in events if event.type == "notification"]


def overdue(order: dict[str, Any], message: str) -> dict[str, Any]:
    return {
        "title": "訂單逾時",
        "message": message,
        "severity": "warning",
        "action": {"type": "view_order", "order_id": order["id"]},
    }


def not_done(order: dict[str, Any]) -> dict[str, Any]:
    message = f"訂單 {order['order_number']}（{order['customer_name']}）未在 {DAY} 完成"
    return overdue(order, message)


def test_an_open_order_is_overdue_when_its_day_is_over(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    delivered = new_order(world, gas)
    move(delivered, "delivered", NOON)
    assert world.notify_overdue(DAY_AFTER - MINUTE)["notified"] == 0
    office = world.connect(gas.staff)
    assert world.notify_overdue(DAY_AFTER + MINUTE)["notified"] == 1
    world.deliver(times=2)
    assert received(gas.staff) == [not_done(order)]
    # Delivery is at least once; clients drop repeats by the id.
    messages = world.received(office, "notification")
    assert {message["id"]: message["data"] for message in messages} == {messages[0]["id"]: not_done(order)}


def test_a_delivery_is_overdue_when_its_time_is_over_by_a_quarter_of_an_hour(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    move(order, "delivering", NOON, estimated_time=30)
    assert world.notify_overdue(NOON + 45 * MINUTE)["notified"] == 0
    world.notify_overdue(NOON + 46 * MINUTE)
    world.deliver()
    name = f"訂單 {order['order_number']}（{order['customer_name']}）"
    assert received(gas.staff) == [overdue(order, f"{name}已超過預計時間 12:30")]


def test_a_dish_is_overdue_when_its_time_is_over_by_a_quarter_of_an_hour(
    world: World, restaurant: Business
) -> None:
    order = new_order(world, restaurant)
    move(order, "confirmed", NOON, estimated_time=20)
    assert world.notify_overdue(NOON + 30 * MINUTE)["notified"] == 0
    world.notify_overdue(NOON + 36 * MINUTE)
    world.deliver()
    assert received(restaurant.staff) == [
        overdue(order, f"訂單 {order['order_number']}（A3 桌）已超過預計時間 12:20")
    ]


def test_the_office_is_notified_once_however_long_the_order_stays_open(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    move(order, "delivering", NOON, estimated_time=30)
    notified = 0
    for hours in range(1, 24 * (DAYS + 1), 5):
        at = NOON + dt.timedelta(hours=hours)
        notified += world.notify_overdue(at)["notified"]
        # DynamoDB deletes what has expired.
        for row in Announcement.scan(Announcement.expires_at < epoch(at)):
            row.delete()
    assert notified == 1


def test_an_order_that_moved_to_another_day_may_be_overdue_again(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    world.notify_overdue(DAY_AFTER)
    later = (DAY + dt.timedelta(days=1)).isoformat()
    patch = world.api.patch(f"/v1/orders/{order['id']}", {"scheduled_date": later}, as_=gas.staff)
    assert patch.status == 200, patch.body
    assert world.notify_overdue(DAY_AFTER + MINUTE)["notified"] == 0
    assert world.notify_overdue(DAY_AFTER + dt.timedelta(days=1))["notified"] == 1
    world.deliver()
    assert [each["message"][-13:-3] for each in received(gas.staff)] == [DAY.isoformat(), later]


def test_old_orders_that_were_never_closed_cause_no_notification(world: World, gas: Business) -> None:
    orders = [new_order(world, gas) for _ in range(3)]
    assert world.notify_overdue(MIDNIGHT + dt.timedelta(days=DAYS)) == {}
    assert world.notify_overdue(MIDNIGHT + dt.timedelta(days=DAYS) - MINUTE)["notified"] == len(orders)


def test_very_many_orders_of_a_day_are_one_notification(world: World, gas: Business) -> None:
    first = new_order(world, gas)
    move(first, "delivering", NOON, estimated_time=0)
    world.notify_overdue(NOON + 60 * MINUTE)
    for _ in range(MOST_SINGLE + 1):
        new_order(world, gas)
    for _ in range(3):
        world.notify_overdue(DAY_AFTER)
    new_order(world, gas)
    world.notify_overdue(DAY_AFTER + MINUTE)
    world.deliver()
    single, many = received(gas.staff)
    assert single["action"] == {"type": "view_order", "order_id": first["id"]}
    assert many == {
        "title": "訂單逾時",
        "message": f"{DAY} 有 {MOST_SINGLE + 1} 筆訂單未完成",
        "severity": "warning",
        "action": {"type": "view_orders", "date": DAY.isoformat()},
    }


@pytest.mark.parametrize("event", ["before-call.dynamodb", "after-call.dynamodb"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_run_that_dies_is_finished_by_the_next(world: World, gas: Business, event: str, n: int) -> None:
    orders = [new_order(world, gas) for _ in range(3)]
    with at_call("PutItem", n, event, crash), pytest.raises(Crash):
        world.notify_overdue(DAY_AFTER)
    world.notify_overdue(DAY_AFTER)
    world.deliver()
    assert in_order(received(gas.staff)) == in_order([not_done(order) for order in orders])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_two_runs_at_once_notify_once(world: World, gas: Business, n: int) -> None:
    orders = [new_order(world, gas) for _ in range(3)]
    with at_call("PutItem", n, "before-call.dynamodb", lambda: world.notify_overdue(DAY_AFTER)):
        world.notify_overdue(DAY_AFTER)
    world.deliver()
    assert in_order(received(gas.staff)) == in_order([not_done(order) for order in orders])


def test_a_run_right_after_another_writes_nothing(world: World, gas: Business) -> None:
    new_order(world, gas)
    with counted_calls() as calls, stale_reads():
        for notified in (1, 0):
            assert world.notify_overdue(DAY_AFTER)["notified"] == notified
    assert calls["dynamodb.PutItem"] == 1


def test_an_order_that_was_closed_a_moment_ago_is_not_overdue(world: World, gas: Business) -> None:
    order = new_order(world, gas)
    with stale_reads():
        move(order, "delivered", NOON)
        assert world.notify_overdue(DAY_AFTER)["notified"] == 0


def test_a_lost_answer_notifies_once(world: World, gas: Business) -> None:
    new_order(world, gas)
    with answers_lost() as lost:
        assert world.notify_overdue(DAY_AFTER)["notified"] == 1
    assert lost["PutItem"] == 1
    world.deliver()
    assert len(received(gas.staff)) == 1


def test_an_order_that_cannot_be_judged_hides_no_other(world: World, gas: Business) -> None:
    broken, unreadable, good = (new_order(world, gas) for _ in range(3))
    move(broken, "delivering", NOON, estimated_time=30)
    row = Order.get(gas.tenant.id, broken["id"])
    row.history[-1].at = "yesterday"
    row.update([Order.history.set(row.history), Order.scheduled_date.remove()])
    damage_row(Order, {"id": unreadable["id"]})
    with pytest.raises(ExceptionGroup) as raised:
        world.notify_overdue(DAY_AFTER)
    assert [type(error) for error in raised.value.exceptions] == [ValueError]
    world.deliver()
    assert received(gas.staff) == [not_done(good)]


def test_a_business_whose_orders_cannot_be_read_hides_no_others(world: World, gas: Business) -> None:
    gas.tenant.update([Tenant.time_zone.set("Nowhere/Atlantis")])
    others = [delivery_business() for _ in range(3)]
    for each in others:
        new_order(world, each)
    with pytest.raises(ExceptionGroup) as raised:
        world.notify_overdue(DAY_AFTER)
    assert [type(error) for error in raised.value.exceptions] == [ValueError]
    world.deliver()
    assert [len(received(each.staff)) for each in others] == [1, 1, 1]


def test_a_suspended_business_is_left_alone(world: World, gas: Business) -> None:
    new_order(world, gas)
    gas.tenant.update([Tenant.status.set("suspended")])
    assert world.notify_overdue(DAY_AFTER) == {}


def test_businesses_for_which_there_was_no_time_are_counted(world: World, gas: Business) -> None:
    other = delivery_business()
    new_order(world, gas)
    new_order(world, other)
    ticks = iter([0, 0, 100])
    done = world.notify_overdue(DAY_AFTER, budget_seconds=50, elapsed=lambda: next(ticks))
    assert done == {"notified": 1, "left": 1}
    assert world.notify_overdue(DAY_AFTER) == {"notified": 1}


def test_rows_of_closed_orders_and_of_old_open_ones_are_not_read(world: World, gas: Business) -> None:
    closed, old, due = (new_order(world, gas) for _ in range(3))
    move(closed, "delivered", NOON)
    row = Order.get(gas.tenant.id, old["id"])
    row.delete()
    row.id = first_id(MIDNIGHT - dt.timedelta(days=400))
    row.scheduled_date = (DAY - dt.timedelta(days=400)).isoformat()
    row.day_key, row.status_key = f"{row.scheduled_date}#{row.id}", f"pending#{row.id}"
    row.save()
    listed: list[str] = []
    read: list[str] = []

    def after(model: Any, parsed: Any, **_: Any) -> None:
        if model.name == "Query":
            listed.extend(item["id"]["S"] for item in parsed["Items"])
        if model.name == "BatchGetItem":
            read.extend(item["id"]["S"] for items in parsed["Responses"].values() for item in items)

    events = aws.client("dynamodb").meta.events
    events.register("after-call.dynamodb", after)
    try:
        world.notify_overdue(DAY_AFTER)
        world.notify_overdue(DAY_AFTER)
    finally:
        events.unregister("after-call.dynamodb", after)
    # The announcements show the second run that no work is left.
    assert read == [due["id"]]
    assert row.id not in listed


def in_order(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=str)
