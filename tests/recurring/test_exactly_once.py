"""For any sequence of events: at most one order per due date, and each date has an order or a reason why not."""

import datetime as dt
from contextlib import suppress
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.core import aws
from chalicelib.core.clock import local_date
from chalicelib.core.errors import Conflict, Forbidden, Invalid
from chalicelib.models.customer import Customer
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.recurring.drafts import NewTemplate, TemplateChanges, TemplateLine
from chalicelib.recurring.due import create_due
from chalicelib.recurring.rows import rhythm_of, rule_of
from chalicelib.recurring.rules import Consumption, Rule
from chalicelib.recurring.templates import change_template, create_template
from tests.aws_in_process import aws_in_process
from tests.crashes import Crash, at_call, crash
from tests.factories import Business, delivery_business, principal
from tests.recurring.shop import DAY_0, delivered

START = dt.datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Taipei")).astimezone(dt.UTC)
DAY = dt.timedelta(days=1)

Op = tuple[str, int]


class Shop:
    """A tenant with two templates, and a clock that the test advances."""

    def __init__(self, rules: list[Rule], lead_days: int) -> None:
        self.gas: Business = delivery_business()
        self.now = START
        lines = [TemplateLine(product_id=self.gas.products[0].id, quantity=1)]
        assert self.gas.customer is not None
        self.ids = [
            create_template(
                principal(self.gas.tenant),
                self.gas.tenant,
                NewTemplate(customer_id=self.gas.customer.id, items=lines, rule=rule, lead_days=lead_days),
                now=self.now,
            ).id
            for rule in rules
        ]

    @property
    def today(self) -> dt.date:
        return local_date(self.now, self.gas.tenant.time_zone)

    def do(self, op: Op) -> None:
        name, n = op
        before = {row.order_id for row in self.claims()}
        getattr(self, f"do_{name}")(n)
        made = [row for row in self.claims() if row.order_id not in before]
        for template_id in self.ids:
            key = template_key(self.gas.tenant.id, template_id)
            at_once = [r for r in made if r.template_key == key and r.date_key <= self.today.isoformat()]
            assert len(at_once) <= 1, "several missed dates at once"

    def do_run(self, _: int) -> None:
        create_due(self.now, correlation_id="c")

    def do_die_before(self, n: int) -> None:
        self._dying("before-call", n)

    def do_die_after(self, n: int) -> None:
        self._dying("after-call", n)

    def _dying(self, event: str, n: int) -> None:
        with suppress(Crash), at_call("TransactWriteItems", n + 1, event, crash):
            self.do_run(0)

    def do_two_runs(self, n: int) -> None:
        with at_call("TransactWriteItems", n + 1, "before-call", lambda: self.do_run(0)):
            self.do_run(0)

    def do_pause_meanwhile(self, n: int) -> None:
        with at_call("TransactWriteItems", n + 1, "before-call", lambda: self.do_pause(n)):
            self.do_run(0)

    def do_wait(self, days: int) -> None:
        self.now += days * DAY + dt.timedelta(hours=7)

    def do_turn_back(self, days: int) -> None:
        self.now -= days * DAY

    def do_pause(self, n: int) -> None:
        self._set(n, "paused")

    def do_resume(self, n: int) -> None:
        self._set(n, "active")

    def _set(self, n: int, status: Any) -> None:
        # Refused because of a suspended customer or a concurrent write; then nothing changes.
        with suppress(Conflict, Invalid):
            change_template(
                principal(self.gas.tenant),
                self.gas.tenant,
                self.ids[n % len(self.ids)],
                TemplateChanges(status=status),
                now=self.now,
            )

    def do_deliver(self, days: int) -> None:
        # Refused while the customer is suspended.
        with suppress(Forbidden, Conflict, Invalid):
            delivered(self.gas, (self.today - DAY_0).days - days, self.gas.products[0])

    def do_suspend(self, _: int) -> None:
        assert self.gas.customer is not None
        self.gas.customer.update([Customer.status.set("suspended")])

    def do_restore(self, _: int) -> None:
        assert self.gas.customer is not None
        self.gas.customer.update([Customer.status.set("active")])

    def rows(self) -> list[TemplateOrder]:
        tenant_id = self.gas.tenant.id
        return [row for each in self.ids for row in TemplateOrder.query(template_key(tenant_id, each))]

    def claims(self) -> list[TemplateOrder]:
        return [row for row in self.rows() if row.order_id is not None]

    def check(self) -> None:
        """After all is well again and one more run was left in peace."""
        self.do_restore(0)
        for n in range(len(self.ids)):
            self.do_resume(n)
        self.do_run(0)
        orders = {order.id: order for order in Order.query(self.gas.tenant.id) if order.template_id}
        assert sorted(orders) == sorted(str(row.order_id) for row in self.claims()), "an order without its date"
        for template_id in self.ids:
            row = OrderTemplate.get(self.gas.tenant.id, template_id)
            mine = list(TemplateOrder.query(template_key(self.gas.tenant.id, template_id)))
            made = [each.date_key for each in mine if each.order_id]
            skipped = [day for each in mine for day in each.dates or ()]
            assert row.next_date is not None
            due = dt.date.fromisoformat(row.next_date)
            outcomes = sorted(made + skipped)
            if (bounds := rule_of(row).by_consumption) is None:
                assert outcomes == _dates(row), "each date once: an order, or a skip with its reason"
            else:
                all_ = [dt.date.fromisoformat(each) for each in (*outcomes, row.next_date)]
                assert all_[0].isoformat() == row.start_date
                gaps = [(later - before).days for before, later in pairwise(all_)]
                assert all(bounds.min_days <= gap <= bounds.max_days for gap in gaps), (
                    "no date twice, none left out"
                )
            days = [orders[str(each.order_id)].scheduled_date for each in mine if each.order_id]
            assert len(set(days)) == len(days), "two orders for one day"
            assert due - int(row.lead_days) * DAY > self.today, "nothing is left that is due"
            for each in mine:
                if each.order_id:
                    order = orders[each.order_id]
                    assert order.template_id == template_id
                    assert str(order.scheduled_date) >= each.date_key


def _dates(row: OrderTemplate) -> list[str]:
    """All that the rule has had so far."""
    rhythm, due, dates = rhythm_of(row), dt.date.fromisoformat(row.start_date), []
    due = rhythm.first(due, due)
    while due.isoformat() < str(row.next_date):
        dates.append(due.isoformat())
        due = rhythm.following(due)
    assert due.isoformat() == row.next_date
    return dates


OPS = st.one_of(
    st.tuples(st.sampled_from(["run", "pause", "resume", "suspend", "restore"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["die_before", "die_after", "two_runs", "pause_meanwhile"]), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.integers(0, 20)),
    st.tuples(st.just("turn_back"), st.integers(1, 10)),
    st.tuples(st.just("deliver"), st.integers(0, 20)),
)
RULES = st.one_of(
    st.builds(Rule, every_days=st.integers(1, 9)),
    st.builds(
        Rule,
        every_weeks=st.integers(1, 2),
        weekdays=st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, max_size=3),
    ),
    st.builds(
        lambda bounds: Rule(
            by_consumption=Consumption(min_days=bounds[0], initial_days=bounds[1], max_days=bounds[2])
        ),
        st.tuples(*[st.integers(1, 20)] * 3).map(sorted),
    ),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@example(rules=[Rule(every_days=7)], lead_days=0, ops=[("die_after", 0), ("run", 0)])
@example(rules=[Rule(every_days=1)], lead_days=3, ops=[("die_after", 2), ("wait", 9), ("two_runs", 0)])
@example(
    rules=[Rule(every_days=7)],
    lead_days=0,
    ops=[("run", 0), ("pause", 0), ("wait", 16), ("resume", 0), ("turn_back", 6), ("pause", 0), ("resume", 0)],
)
@example(
    rules=[Rule(by_consumption=Consumption(min_days=1, initial_days=10, max_days=20))],
    lead_days=0,
    ops=[("run", 0), ("deliver", 4), ("deliver", 7), ("wait", 18), ("run", 0)],
)
@given(
    rules=st.lists(RULES, min_size=1, max_size=2),
    lead_days=st.integers(0, 4),
    ops=st.lists(OPS, max_size=12),
)
def test_each_due_date_gets_one_order_or_a_reason_for_none(
    rules: list[Rule], lead_days: int, ops: list[Op]
) -> None:
    with aws_in_process(aws.client):
        shop = Shop(rules, lead_days)
        for op in ops:
            shop.do(op)
        shop.check()
