"""Orders change once with each position of their driver, also if positions repeat, are late or reordered."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.core import aws as aws_clients
from chalicelib.core.clock import wire
from chalicelib.core.errors import Refusal
from chalicelib.models.driver import Driver
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.notification import Notification
from chalicelib.models.order import HistoryEntry, Location, Order
from chalicelib.models.route import Route, Stop
from chalicelib.models.route_progress import RouteProgress
from chalicelib.models.tenant import Tenant
from chalicelib.orders.change import change_status
from chalicelib.orders.drafts import StatusDraft
from chalicelib.positions.fixes import packed
from chalicelib.routes.following import NewPosition, follow, start_deliveries
from chalicelib.routes.progress import TrackedPosition
from chalicelib.sms.queueing import queue_sms
from tests.aws_in_process import aws_in_process
from tests.calls import counted_calls, listening
from tests.factories import tenant
from tests.sms.fakes import make_order

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
NORTH = 1 / 111_195  # degrees of a metre
TABLES = {
    "OrdersTable",
    "RoutesTable",
    "RouteProgressTable",
    "DriversTable",
    "TenantsTable",
    "NotificationHistoryTable",
    "SmsOptOutsTable",
    "SmsTemplatesTable",
    "LinksTable",
    "SmsQueue",
}


def seen(of: Tenant, metres: float, at: datetime, speed: float | None = None) -> NewPosition:
    """The driver, so far north of the depot."""
    return NewPosition(
        DriverPosition(
            of.id,
            "d",
            latitude=25.0 + metres * NORTH,
            longitude=121.5,
            speed=speed,
            at=wire(at),
            fixes=packed([]),
            correlation_id="c",
        )
    )


def on_route(of: Tenant, *metres: float, status: str = "in_progress") -> Route:
    """A route of driver `d` with a stop at each distance; its orders are assigned."""
    stops = []
    for distance in metres:
        order = make_order(of, status="assigned", driver_id="d", route_id="r")
        order.location = Location(latitude=25.0 + distance * NORTH, longitude=121.5)
        order.save()
        stops.append(Stop(order_id=order.id, service_minutes=5, planned_at=wire(NOW + timedelta(minutes=30))))
    at = wire(NOW)
    route = Route(
        of.id,
        "r",
        date="2026-11-25",
        status=status,
        driver_id="d",
        stops=stops,
        version=3,
        created_at=at,
        updated_at=at,
        correlation_id="c",
        day_key="2026-11-25#r",
    )
    route.save()
    Driver(of.id, "d", name="N", active_route_id="r", created_at=at, updated_at=at).save()
    return route


def orders(route: Route) -> list[Order]:
    return [Order.get(route.tenant_id, stop.order_id) for stop in route.stops]


def sent_out(of: Tenant, *metres: float) -> Route:
    route = on_route(of, *metres)
    start_deliveries(route, correlation_id="c", now=NOW)
    return route


def test_the_orders_start_with_the_route_and_have_an_eta(aws: None) -> None:
    route = on_route(tenant(), 5_000, 9_000)
    assert start_deliveries(route, correlation_id="c", now=NOW) == 2
    assert [(order.status, order.estimated_time) for order in orders(route)] == [("delivering", 30)] * 2
    assert [order.history[-1].by for order in orders(route)] == ["route"] * 2
    assert start_deliveries(route, correlation_id="c", now=NOW) == 0


def test_a_planned_arrival_in_the_past_is_not_an_estimate(aws: None) -> None:
    route = on_route(tenant(), 5_000)
    start_deliveries(route, correlation_id="c", now=NOW + timedelta(minutes=31))
    [order] = orders(route)
    assert order.status == "delivering"
    assert order.estimated_time is None


def test_a_second_attempt_does_not_have_the_estimate_of_the_first(aws: None) -> None:
    route = on_route(tenant(), 5_000, 9_000)
    again, set_by_hand = orders(route)
    again.history.append(HistoryEntry(status="delivering", at=wire(NOW - timedelta(days=1)), by="route"))
    for order in (again, set_by_hand):
        order.estimated_time = 95
        order.save()
    start_deliveries(route, correlation_id="c", now=NOW + timedelta(minutes=31))
    assert [order.estimated_time for order in orders(route)] == [None, 95]


def test_an_order_that_left_the_route_does_not_start_with_it(aws: None) -> None:
    route = on_route(tenant(), 5_000, 9_000)
    orders(route)[0].update([Order.route_id.remove()])
    orders(route)[1].update([Order.driver_id.set("another")])
    assert start_deliveries(route, correlation_id="c", now=NOW) == 0
    assert {order.status for order in orders(route)} == {"assigned"}


def test_an_order_within_a_quarter_of_an_hour_is_arriving_and_then_arrived(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 5_000, 30_000)
    assert follow([seen(of, 0, NOW)], NOW) == 1
    assert orders(route)[0].status == "delivering"
    follow([seen(of, 2_000, later := NOW + timedelta(minutes=5))], later)
    near, far = orders(route)
    assert (near.status, far.status) == ("arriving", "delivering")
    # Three kilometres are ten minutes by road; it went out five minutes ago.
    assert near.estimated_time == 15
    for seconds in (0, 20, 40):
        there = later + timedelta(minutes=10, seconds=seconds)
        follow([seen(of, 4_990, there, speed=0.5)], there)
    assert [order.status for order in orders(route)] == ["arrived", "delivering"]


def test_customers_learn_of_another_time_from_ten_minutes_on(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 20_000)
    before = orders(route)[0]
    # Twenty kilometres are 67 minutes by road, and the customer's estimate is half an hour.
    follow([seen(of, 0, NOW)], NOW)
    after = orders(route)[0]
    assert (before.estimated_time, after.estimated_time) == (30, 67)
    assert after.version == before.version + 1
    follow([seen(of, 100, NOW + timedelta(seconds=20))], NOW + timedelta(seconds=20))
    assert orders(route)[0].version == after.version


@pytest.mark.parametrize(
    "meanwhile", [Order.route_id.remove(), Order.route_id.set("another"), Order.status.set("delivered")]
)
def test_an_order_that_leaves_its_route_between_read_and_write_gets_no_time_of_it(
    aws: None, meanwhile: Action
) -> None:
    of = tenant()
    route = sent_out(of, 20_000)
    [before] = orders(route)
    with interrupted(lambda: orders(route)[0].update([meanwhile])):
        follow([seen(of, 0, NOW)], NOW)
    [after] = orders(route)
    assert (after.estimated_time, after.version) == (before.estimated_time, before.version)


def test_a_stop_with_a_wrong_place_does_not_flood_clients(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 20_000, 21_000)
    orders(route)[0].update([Order.location.set(Location(latitude=0.0, longitude=0.0))])
    follow([seen(of, 0, NOW)], NOW)
    received = [order.version for order in orders(route)]
    for seconds in range(20, 80, 20):
        moment = NOW + timedelta(seconds=seconds)
        follow([seen(of, 7 * seconds, moment)], moment)
    assert [order.version for order in orders(route)] == received
    # Twenty-one kilometres are 71 minutes by road, and the stay at the first door five.
    assert [order.estimated_time for order in orders(route)] == [30, 76]


def test_an_estimate_beyond_the_longest_is_sent_once(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 400_000)
    order = orders(route)[0]
    out = NOW - timedelta(days=6, hours=12)
    order.history[-1].at = wire(out)
    order.save()
    follow([seen(of, 0, NOW)], NOW)
    received = orders(route)[0]
    assert received.estimated_time == 7 * 24 * 60
    follow([seen(of, 0, NOW + timedelta(minutes=1))], NOW + timedelta(minutes=1))
    assert orders(route)[0].version == received.version


def test_fixes_sent_as_a_batch_count_as_if_sent_one_by_one(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 5_000)
    north = 25.0 + 5_000 * NORTH
    way = [TrackedPosition(north, 121.5, NOW - timedelta(seconds=110 - 10 * n), 0.0) for n in range(10)]
    follow([NewPosition(seen(of, 5_150, NOW).row, way)], NOW)
    assert orders(route)[0].status == "arrived"


def test_old_positions_change_no_order(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 5_000)
    north = 25.0 + 5_000 * NORTH
    way = [TrackedPosition(north, 121.5, NOW - timedelta(seconds=500 - 10 * n), 0.0) for n in range(10)]
    follow([NewPosition(seen(of, 5_150, NOW).row, way)], NOW)
    assert orders(route)[0].status == "arriving"


def test_an_old_position_moves_nothing(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 100)
    assert follow([seen(of, 100, NOW - timedelta(minutes=3))], NOW) == 0
    assert orders(route)[0].status == "delivering"


@pytest.mark.parametrize("wrong", ["no route", "of another driver", "completed"])
def test_only_the_route_under_way_follows_its_driver(aws: None, wrong: str) -> None:
    of = tenant()
    route = sent_out(of, 100)
    if wrong == "no route":
        Driver(of.id, "d").update([Driver.active_route_id.remove()])
    elif wrong == "completed":
        route.update([Route.status.set("completed")])
    else:
        route.update([Route.driver_id.set("e")])
    assert follow([seen(of, 100, NOW)], NOW) == 0
    assert orders(route)[0].status == "delivering"


def test_trouble_with_one_route_holds_up_no_other(aws: None) -> None:
    broken, good = tenant(), tenant()
    bad = sent_out(broken, 100)
    RouteProgress(broken.id, "r", at="", known=b"\xc1", expires_at=0).save()
    fine = sent_out(good, 100)
    assert follow([seen(broken, 100, NOW), seen(good, 100, NOW)], NOW) == 2
    assert (orders(bad)[0].status, orders(fine)[0].status) == ("delivering", "arriving")


def test_drivers_without_a_route_cost_one_read(aws: None) -> None:
    of = tenant()
    at = wire(NOW)
    Driver(of.id, "d", name="N", created_at=at, updated_at=at).save()
    with counted_calls() as calls:
        follow([seen(of, 0, NOW)], NOW)
    assert calls == {"dynamodb.BatchGetItem": 1}


def test_a_position_that_changes_nothing_writes_nothing(aws: None) -> None:
    of = tenant()
    sent_out(of, 40_000)
    follow([seen(of, 0, NOW)], NOW)
    with counted_calls() as calls:
        follow([seen(of, 0, NOW + timedelta(seconds=10))], NOW + timedelta(seconds=10))
    assert calls == {"dynamodb.BatchGetItem": 4}


def test_a_finished_order_is_read_once_more_and_then_not_again(aws: None) -> None:
    of = tenant()
    route = sent_out(of, 20_000, 30_000)
    first, second = orders(route)
    first.update([Order.status.set("delivered")])
    asked: list[set[str]] = []

    def note(params: Mapping[str, Any], **_: Any) -> None:
        for table, new_values in params["RequestItems"].items():
            if table.endswith("-orders"):
                asked.append({key["id"]["S"] for key in new_values["Keys"]})

    with listening("before-parameter-build.dynamodb.BatchGetItem", note):
        for seconds in (0, 10):
            moment = NOW + timedelta(seconds=seconds)
            follow([seen(of, 0, moment)], moment)
    assert asked == [{first.id, second.id}, {second.id}]


def test_times_are_as_of_the_last_position_to_a_minute(aws: None) -> None:
    of = tenant()
    sent_out(of, 20_000)
    # As fast as was expected, so that the time of arrival holds still: 25 km/h by road.
    for seconds in range(0, 130, 10):
        moment = NOW + timedelta(seconds=seconds)
        follow([seen(of, seconds * 25 / 3.6 / 1.4, moment)], moment)
    assert RouteProgress.get(of.id, "r").at == wire(NOW + timedelta(seconds=120))


ALLOWED: dict[str, set[str]] = {
    "assigned": {"assigned", "delivering"},
    "delivering": {"delivering", "arriving", "delivered", "failed"},
    "arriving": {"arrived", "delivered", "failed"},
    "arrived": {"delivered", "failed"},
    "failed": {"failed", "assigned"},
    "delivered": set(),
}

# What a position may find in between, once it has read the orders.
interruptions = st.sampled_from(["nothing", "again", "failed", "arriving", "delivered"])
happenings = st.lists(
    st.one_of(
        # Positions at any place and time; one may be repeated, and an older one may follow.
        st.tuples(
            st.just("position"),
            st.integers(0, 60),
            st.sampled_from([0, 2_000, 4_950, 5_000, 9_000]),
            interruptions,
        ),
        st.tuples(st.just("repeat"), st.integers(0, 5), st.just(0), interruptions),
        st.tuples(st.just("start_deliveries"), st.just(0), st.just(0), st.just("nothing")),
        st.tuples(st.sampled_from(["fail", "retry"]), st.integers(0, 1), st.just(0), st.just("nothing")),
    ),
    max_size=14,
)


@given(happenings)
# Another request sets `arriving` after the orders were read and before they are changed.
@example([("start_deliveries", 0, 0, "nothing"), ("position", 0, 2_000, "again")])
@example([("start_deliveries", 0, 0, "nothing"), ("position", 0, 2_000, "arriving")])
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_arrives_twice_and_no_sms_is_sent_twice(happened: list[tuple[str, int, int, str]]) -> None:
    with aws_in_process(aws_clients.client, only=TABLES):
        of = tenant()
        route = on_route(of, 5_000, 9_000)
        received: list[tuple[NewPosition, datetime]] = []
        for what, n, metres, meanwhile in happened:
            before = {order.id: order for order in orders(route)}
            if what == "position":
                moment = NOW + timedelta(minutes=n)
                received.append((seen(of, metres, moment), moment))
            position, moment = received[n % len(received) if what == "repeat" else -1] if received else (None, NOW)
            if what in ("position", "repeat") and position is not None:
                with interrupted(partial(_meanwhile, meanwhile, route, position, moment)):
                    follow([position], moment)
            elif what == "start_deliveries":
                start_deliveries(route, correlation_id="c", now=NOW)
            elif what in ("fail", "retry"):
                _change_by_hand(list(before.values())[n], what)
            for order in orders(route):
                steps = order.history[len(before[order.id].history) :]
                for one, other in pairwise([before[order.id].status, *(step.status for step in steps)]):
                    assert other in ALLOWED[one]
                _text(order, of, steps)
        texts = Counter(text.order_id for text in Notification.scan() if ".arriving." in text.id)
        came = {order.id for order in orders(route) if "arriving" in _goings(order)}
        assert texts == dict.fromkeys(came, 1), "one text each, however often it goes out"
        for order in orders(route):
            assert ("arriving", "arriving") not in pairwise(_goings(order)), "once for each time it goes out"


@contextmanager
def interrupted(by: Callable[[], None]) -> Iterator[None]:
    """Has something happen once the orders have been read, and before anything is made of them."""
    events = aws_clients.client("dynamodb").meta.events
    due = [by]

    def after(parsed: Mapping[str, Any], **_: Any) -> None:
        if due and any(table.endswith("-orders") for table in parsed.get("Responses", {})):
            due.pop()()

    events.register("after-call.dynamodb.BatchGetItem", after)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb.BatchGetItem", after)


def _meanwhile(what: str, route: Route, position: NewPosition, moment: datetime) -> None:
    """Another look at the same position, as when a batch is repeated that is still under way; or the driver's own
    step with each order."""
    if what == "again":
        follow([position], moment)
    elif what != "nothing":
        driver = Principal(route.tenant_id, "delivery", "u", DRIVER, "s", 0, driver_id=route.driver_id)
        for order in orders(route):
            with suppress(Refusal):
                draft = StatusDraft(status=what)
                change_status(driver, order.id, draft, correlation_id="c", now=moment)


def _goings(order: Order) -> list[str]:
    return [entry.status for entry in order.history if entry.status in ("delivering", "arriving")]


def _text(order: Order, of: Tenant, steps: Sequence[HistoryEntry]) -> None:
    """As the orders' stream does for each step, and again, as it may."""
    for entry in steps:
        order.status = entry.status
        for _ in range(2):
            queue_sms(order, of, "c")


def _change_by_hand(order: Order, what: str) -> None:
    """A driver sets an order to failed, or the office assigns it to the same one again. No history entry."""
    if what == "fail" and order.status in ("delivering", "arriving", "arrived"):
        order.update([Order.status.set("failed"), Order.version.set(Order.version + 1)])
    if what == "retry" and order.status == "failed":
        order.update([Order.status.set("assigned"), Order.version.set(Order.version + 1)])
