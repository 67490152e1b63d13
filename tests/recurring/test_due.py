"""What the schedule makes of templates that are due."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import convert

from chalicelib import aws
from chalicelib.clock import new_id, wire
from chalicelib.errors import Invalid
from chalicelib.models.customer import Customer
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.tenant import Tenant
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import OrderDraft
from chalicelib.recurring.drafts import NewTemplate, TemplateChanges, TemplateLine
from chalicelib.recurring.due import create_due
from chalicelib.recurring.rows import recurring
from chalicelib.recurring.rules import Consumption, Rule
from chalicelib.recurring.templates import change_template, create_template
from tests.calls import counted_calls
from tests.factories import Business, customer
from tests.world import World

DAY_0 = dt.date(2026, 11, 23)


def at(day: int, hour: int = 9, zone: str = "Asia/Taipei") -> dt.datetime:
    """An hour of a local day."""
    day_ = DAY_0 + dt.timedelta(days=day)
    return dt.datetime(day_.year, day_.month, day_.day, hour, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def iso(day: int) -> str:
    return (DAY_0 + dt.timedelta(days=day)).isoformat()


def template(
    gas: Business, rule: Rule | None = None, *, now: dt.datetime | None = None, **values: Any
) -> OrderTemplate:
    assert gas.customer is not None
    lines = [TemplateLine(product_id=gas.products[0].id, quantity=2)]
    new = {"customer_id": gas.customer.id, "items": lines, "rule": rule or Rule(every_days=7), **values}
    return create_template(gas.tenant, NewTemplate(**new), now=now or at(0))


def run(now: dt.datetime, **options: Any) -> dict[str, int]:
    return dict(create_due(now, correlation_id="run-1", **options))


def orders(gas: Business) -> list[Order]:
    return sorted(Order.query(gas.tenant.id), key=lambda order: order.id)


def scheduled(gas: Business) -> list[str | None]:
    return [order.scheduled_date for order in orders(gas)]


def skips(row: OrderTemplate) -> list[tuple[str | None, list[str]]]:
    rows = TemplateOrder.query(template_key(row.tenant_id, row.id))
    return [(each.reason, list(each.dates or ())) for each in rows if each.order_id is None]


def fresh(row: OrderTemplate) -> OrderTemplate:
    return OrderTemplate.get(row.tenant_id, row.id)


def test_what_is_due_becomes_an_order_like_any_other(gas: Business) -> None:
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


def test_it_is_told_like_any_other(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    template(gas)
    run(at(0))
    world.deliver()
    [event] = world.heard(office, "order_created")
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


def test_of_dates_missed_while_the_schedule_was_down_the_latest_gets_an_order_for_today(gas: Business) -> None:
    row = template(gas)
    assert run(at(30)) == {"made": 1, "skipped": 4}
    assert scheduled(gas) == [iso(30)]
    assert skips(row) == [("missed", [iso(0), iso(7), iso(14), iso(21)])]
    assert (fresh(row).last_date, fresh(row).next_date) == (iso(28), iso(35))


def test_after_years_of_silence_skips_are_counted_and_the_latest_named(gas: Business) -> None:
    row = template(gas, Rule(every_days=1))
    assert run(at(1_000)) == {"made": 1, "skipped": 1_000}
    [kept] = [each for each in TemplateOrder.query(template_key(row.tenant_id, row.id)) if each.reason]
    assert (int(kept.skips or 0), len(kept.dates or ()), (kept.dates or [""])[-1]) == (1_000, 100, iso(999))


def test_after_the_last_date_it_has_ended(gas: Business) -> None:
    row = template(gas, end_date=DAY_0 + dt.timedelta(days=8))
    assert [run(at(day)).get("made", 0) for day in (0, 7, 14)] == [1, 1, 0]
    ended = fresh(row)
    assert ended.status == "ended"
    assert ended.next_date is ended.due_queue is None


def test_paused_dates_are_skipped_and_say_so(gas: Business) -> None:
    row = template(gas)
    run(at(0))
    change_template(gas.tenant, row.id, TemplateChanges(status="paused"), now=at(1))
    assert run(at(15)) == {}
    change_template(gas.tenant, row.id, TemplateChanges(status="active"), now=at(16))
    assert skips(row) == [("paused", [iso(7), iso(14)])]
    assert run(at(16)) == {}
    assert run(at(21)) == {"made": 1}
    assert scheduled(gas) == [iso(0), iso(21)]


@pytest.mark.parametrize("what", ["customer", "product"])
def test_what_cannot_be_ordered_suspends_the_template_and_the_others_go_on(gas: Business, what: str) -> None:
    row = template(gas)
    other = template(
        gas, items=[TemplateLine(product_id=gas.products[1].id, quantity=1)], customer_id=customer(gas.tenant).id
    )
    assert gas.customer is not None
    if what == "customer":
        gas.customer.update([Customer.status.set("suspended")])
    else:
        gas.products[0].update([Product.status.set("suspended")])
    assert run(at(0)) == {"made": 1, "suspended": 1}
    assert [order.template_id for order in orders(gas)] == [other.id]
    found = fresh(row)
    assert found.status == "suspended"
    assert found.due_queue is None
    assert found.problem is not None
    assert found.problem.code == {"customer": "customer_suspended", "product": "invalid"}[what]
    with pytest.raises(Invalid):
        change_template(gas.tenant, row.id, TemplateChanges(status="active"), now=at(0, 11))
    gas.customer.update([Customer.status.set("active")])
    gas.products[0].update([Product.status.set("active")])
    change_template(gas.tenant, row.id, TemplateChanges(status="active"), now=at(0, 11))
    assert run(at(0, 12)) == {"made": 1}
    assert fresh(row).problem is None


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


def test_a_suspended_business_gets_no_orders_and_goes_on_when_restored(gas: Business) -> None:
    template(gas)
    gas.tenant.update([Tenant.status.set("suspended")])
    assert run(at(0)) == {"waiting": 1}
    assert run(at(0, 10)) == {}
    gas.tenant.update([Tenant.status.set("active")])
    assert run(at(1, 10)) == {"made": 1}


def test_one_broken_template_keeps_no_other_back(gas: Business) -> None:
    broken = template(gas)
    broken.update([OrderTemplate.rule.set("not json")])
    template(gas)
    with pytest.raises(ExceptionGroup):
        run(at(0))
    assert len(orders(gas)) == 1


def test_a_run_whose_time_is_up_leaves_the_rest_to_the_next(gas: Business) -> None:
    for _ in range(5):
        template(gas)
    seconds = iter(range(100))
    assert run(at(0), budget_seconds=3, elapsed=lambda: next(seconds)) == {"made": 2, "left": 1}
    assert run(at(0, 10)) == {"made": 3}


def test_what_is_not_due_is_not_read(gas: Business) -> None:
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


def delivered(gas: Business, day: int, product: Product, customer_id: str | None = None) -> None:
    assert gas.customer is not None
    body = {
        "customer_id": customer_id or gas.customer.id,
        "items": [{"product_id": product.id, "quantity": 1}],
    }
    view = create_order(
        recurring(gas.tenant), gas.tenant, convert(body, OrderDraft), correlation_id=new_id(), now=at(day)
    )
    step = HistoryEntry(status="delivered", at=wire(at(day)), by="u")
    Order(gas.tenant.id, view["id"]).update(
        [Order.status.set("delivered"), Order.history.set(Order.history.append([step]))]
    )


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


def test_a_rule_changed_back_makes_no_second_order_for_a_date(gas: Business) -> None:
    row = template(gas)
    run(at(0))
    # As if by a clock that was wrong: no way of the API leads back.
    fresh(row).update([OrderTemplate.next_date.set(iso(0)), OrderTemplate.due_at.set(wire(at(0, 0)))])
    assert run(at(0, 10)) == {}
    assert scheduled(gas) == [iso(0)]
    assert fresh(row).next_date == iso(7)


def test_a_template_gone_or_changed_since_the_index_was_read_is_no_trouble(gas: Business) -> None:
    row = template(gas)
    before = row.version
    seen: list[int] = []

    def interfere(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems" and not seen:
            seen.append(1)
            change_template(gas.tenant, row.id, TemplateChanges(status="paused"), now=at(0))

    events = aws.client("dynamodb").meta.events
    events.register("before-call", interfere)
    try:
        assert run(at(0)) == {}
    finally:
        events.unregister("before-call", interfere)
    assert orders(gas) == []
    assert (fresh(row).status, fresh(row).version) == ("paused", before + 1)


def test_staff_see_what_became_of_each_date(world: World, gas: Business) -> None:
    row = template(gas)
    run(at(15))
    run(at(21))
    path = f"/v1/order-templates/{row.id}/orders"
    first = world.api.get(path, as_=gas.staff, query={"limit": "2"}).body
    rest = world.api.get(path, as_=gas.staff, query={"limit": "2", "cursor": first["next_cursor"]}).body
    made = orders(gas)
    assert [
        (each["due_date"], each["order_id"], each["scheduled_date"], each["reason"], each["skipped"])
        for each in first["items"] + rest["items"]
    ] == [
        (iso(21), made[1].id, iso(21), None, []),
        (iso(14), made[0].id, iso(15), None, []),
        (iso(7), None, None, "missed", [iso(0), iso(7)]),
    ]
    assert rest["next_cursor"] is None
