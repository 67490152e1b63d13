"""The orders that the schedule makes of due templates."""

import datetime as dt

from chalicelib.core.clock import wire
from chalicelib.models.tenant import Tenant
from chalicelib.recurring.rules import Consumption, Rule
from tests.calls import counted_calls
from tests.factories import Business, customer
from tests.recurring.shop import DAY_0, at, delivered, fresh, iso, orders, run, scheduled, skips, template
from tests.world import World


def test_a_due_template_makes_an_order_like_any_other(gas: Business) -> None:
    row = template(gas, notes="放後門", payment_method="cash")
    assert run(at(0)) == {"made": 1}
    [order] = orders(gas)
    assert gas.customer is not None
    assert (order.template_id, order.customer_id, order.scheduled_date) == (row.id, gas.customer.id, iso(0))
    assert (order.status, order.notes, order.payment_method) == ("pending", "放後門", "cash")
    assert order.total_price == 1440
    assert (order.customer_name, order.address) == (gas.customer.name, gas.customer.address)
    assert [step.by for step in order.history] == ["order-template"]
    assert (order.notify, order.correlation_id) == (True, "run-1")
    row = fresh(row)
    assert (row.last_date, row.next_date, row.version) == (iso(0), iso(7), 2)


def test_its_event_is_like_that_of_any_other_order(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    template(gas)
    run(at(0))
    world.deliver()
    [event] = world.received(office, "order_created")
    assert event["data"]["template_id"] == orders(gas)[0].template_id


def test_a_repeated_run_makes_nothing_more(gas: Business) -> None:
    template(gas)
    assert run(at(0)) == {"made": 1}
    assert run(at(0, 10)) == {}
    assert scheduled(gas) == [iso(0)]


def test_an_order_is_made_so_many_days_ahead_and_not_sooner(gas: Business) -> None:
    template(gas, start_date=DAY_0 + dt.timedelta(days=7), lead_days=2)
    assert run(at(4, 23)) == {}
    assert run(at(5, 0)) == {"made": 1}
    assert scheduled(gas) == [iso(7)]


def test_all_dates_within_the_lead_time_are_made(gas: Business) -> None:
    template(gas, Rule(every_days=1), lead_days=14)
    assert run(at(0)) == {"made": 15}
    assert scheduled(gas) == [iso(n) for n in range(15)]


def test_after_the_last_date_it_has_ended(gas: Business) -> None:
    row = template(gas, end_date=DAY_0 + dt.timedelta(days=8))
    assert [run(at(day)).get("made", 0) for day in (0, 7, 14)] == [1, 1, 0]
    ended = fresh(row)
    assert ended.status == "ended"
    assert ended.next_date is ended.due_queue is None


def test_the_days_of_a_business_begin_at_its_own_midnight(gas: Business) -> None:
    gas.tenant.update([Tenant.time_zone.set("Pacific/Auckland")])
    zone = "Pacific/Auckland"
    row = template(gas, start_date=DAY_0 + dt.timedelta(days=1), now=at(0, 12, zone))
    assert row.due_at == wire(at(1, 0, zone))
    assert run(at(0, 23, zone)) == {}
    assert run(at(1, 0, zone)) == {"made": 1}


def test_a_business_that_moved_to_another_time_zone_gets_its_orders_on_its_own_days(gas: Business) -> None:
    row = template(gas, start_date=DAY_0 + dt.timedelta(days=1))
    gas.tenant.update([Tenant.time_zone.set("America/New_York")])
    assert run(at(1, 1)) == {}
    assert fresh(row).due_at == wire(at(1, 0, "America/New_York"))
    assert run(at(1, 1, "America/New_York")) == {"made": 1}


def test_templates_that_are_not_due_are_not_read(gas: Business) -> None:
    for _ in range(30):
        template(gas, start_date=DAY_0 + dt.timedelta(days=3))
    with counted_calls() as calls:
        assert run(at(0)) == {}
    assert calls == {"dynamodb.Query": 1}
    template(gas)
    with counted_calls() as calls:
        assert run(at(0)) == {"made": 1}
    assert "dynamodb.Scan" not in calls
    assert calls.total() == 7


def test_by_consumption_the_next_date_follows_the_deliveries(gas: Business) -> None:
    for day in (-60, -40, -19):
        delivered(gas, day, gas.products[0])
    delivered(gas, -1, gas.products[1])
    delivered(gas, -1, gas.products[0], customer(gas.tenant).id)
    row = template(gas, Rule(by_consumption=Consumption()))
    assert row.interval_days == 21
    delivered(gas, -2, gas.products[0])
    assert run(at(0)) == {"made": 1}
    assert (fresh(row).interval_days, fresh(row).next_date) == (19, iso(19))


def test_by_consumption_nothing_known_is_the_initial_interval(gas: Business) -> None:
    row = template(gas, Rule(by_consumption=Consumption(initial_days=45)))
    run(at(0))
    assert fresh(row).next_date == iso(45)


def test_by_consumption_an_outage_longer_than_the_interval_makes_one_order_and_records_the_skipped_dates(
    gas: Business,
) -> None:
    row = template(gas, Rule(by_consumption=Consumption(initial_days=30)))
    run(at(0))
    assert fresh(row).next_date == iso(30)
    for day in (9, 16, 23, 29):
        delivered(gas, day, gas.products[0])
    assert run(at(38)) == {"made": 1, "skipped": 1}
    assert [order.scheduled_date for order in orders(gas) if order.template_id == row.id] == [iso(0), iso(38)]
    assert skips(row) == [("missed", [iso(30)])]
    assert (fresh(row).interval_days, fresh(row).last_date, fresh(row).next_date) == (7, iso(37), iso(44))
