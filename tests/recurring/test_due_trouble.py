"""Failures and races while the schedule makes orders."""

from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import wire
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.models.customer import Customer
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.product import Product
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.tenant import Tenant
from chalicelib.recurring.drafts import TemplateChanges, TemplateLine
from chalicelib.recurring.rules import Rule
from chalicelib.recurring.templates import change_template
from tests.factories import Business, customer, principal
from tests.recurring.shop import at, fresh, iso, orders, run, scheduled, skips, template
from tests.world import World


def test_of_dates_missed_while_the_schedule_was_down_the_latest_gets_an_order_for_today(gas: Business) -> None:
    row = template(gas)
    assert run(at(30)) == {"made": 1, "skipped": 4}
    assert scheduled(gas) == [iso(30)]
    assert skips(row) == [("missed", [iso(0), iso(7), iso(14), iso(21)])]
    assert (fresh(row).last_date, fresh(row).next_date) == (iso(28), iso(35))


def test_after_years_of_silence_skips_are_counted_and_the_latest_named(gas: Business) -> None:
    row = template(gas, Rule(every_days=1))
    assert run(at(1_000)) == {"made": 1, "skipped": 1_000}
    [stored] = [each for each in TemplateOrder.query(template_key(row.tenant_id, row.id)) if each.reason]
    assert (int(stored.skips or 0), len(stored.dates or ()), (stored.dates or [""])[-1]) == (1_000, 100, iso(999))


def test_paused_dates_are_recorded_as_skipped(gas: Business) -> None:
    row = template(gas)
    run(at(0))
    change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="paused"), now=at(1))
    assert run(at(15)) == {}
    change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="active"), now=at(16))
    assert skips(row) == [("paused", [iso(7), iso(14)])]
    assert run(at(16)) == {}
    assert run(at(21)) == {"made": 1}
    assert scheduled(gas) == [iso(0), iso(21)]


@pytest.mark.parametrize("what", ["customer", "product"])
def test_an_impossible_order_suspends_its_template_and_the_others_continue(gas: Business, what: str) -> None:
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
        change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="active"), now=at(0, 11))
    gas.customer.update([Customer.status.set("active")])
    gas.products[0].update([Product.status.set("active")])
    change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="active"), now=at(0, 11))
    assert run(at(0, 12)) == {"made": 1}
    assert fresh(row).problem is None


def test_an_old_template_of_a_restaurant_makes_no_order_and_has_the_reason(gas: Business) -> None:
    row = template(gas)
    gas.tenant.update([Tenant.kind.set("table")])
    assert run(at(0)) == {"suspended": 1}
    problem = fresh(row).problem
    assert problem is not None
    assert (orders(gas), problem.code) == ([], "delivery_only")
    with pytest.raises(Forbidden):
        change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="active"), now=at(1))


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
            change_template(principal(gas.tenant), gas.tenant, row.id, TemplateChanges(status="paused"), now=at(0))

    events = aws.client("dynamodb").meta.events
    events.register("before-call", interfere)
    try:
        assert run(at(0)) == {}
    finally:
        events.unregister("before-call", interfere)
    assert orders(gas) == []
    assert (fresh(row).status, fresh(row).version) == ("paused", before + 1)


def test_staff_see_the_result_of_each_date(world: World, gas: Business) -> None:
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
