"""Whatever happens when: one order per due date at most, and no date without an order or a word why."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib import aws
from chalicelib.clock import local_day
from chalicelib.errors import Conflict, Invalid
from chalicelib.models.customer import Customer
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.recurring.drafts import NewTemplate, TemplateChanges, TemplateLine
from chalicelib.recurring.due import create_due
from chalicelib.recurring.rows import rhythm_of
from chalicelib.recurring.rules import Rule
from chalicelib.recurring.templates import change_template, create_template
from tests.aws_in_process import aws_in_process
from tests.factories import Business, delivery_business

START = dt.datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Taipei")).astimezone(dt.UTC)
DAY = dt.timedelta(days=1)

Op = tuple[str, int]


class Crash(BaseException):
    """The process is gone: nothing catches this."""


@contextmanager
def at_write(n: int, event: str, happens: Callable[[], None]) -> Iterator[None]:
    """Lets something happen before or after the n-th transaction, once."""
    seen = [0]

    def count(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems":
            seen[0] += 1
            if seen[0] == n + 1:
                happens()

    events = aws.client("dynamodb").meta.events
    events.register(event, count)
    try:
        yield
    finally:
        events.unregister(event, count)


class Shop:
    """A business with two templates, and a clock that somebody else turns."""

    def __init__(self, rules: list[Rule], lead_days: int) -> None:
        self.gas: Business = delivery_business()
        self.now = START
        lines = [TemplateLine(product_id=self.gas.products[0].id, quantity=1)]
        assert self.gas.customer is not None
        self.ids = [
            create_template(
                self.gas.tenant,
                NewTemplate(customer_id=self.gas.customer.id, items=lines, rule=rule, lead_days=lead_days),
                now=self.now,
            ).id
            for rule in rules
        ]

    @property
    def today(self) -> dt.date:
        return dt.date.fromisoformat(local_day(self.now, self.gas.tenant.time_zone))

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
        def die() -> None:
            raise Crash

        with suppress(Crash), at_write(n, event, die):
            self.do_run(0)

    def do_two_runs(self, n: int) -> None:
        with at_write(n, "before-call", lambda: self.do_run(0)):
            self.do_run(0)

    def do_pause_meanwhile(self, n: int) -> None:
        with at_write(n, "before-call", lambda: self.do_pause(n)):
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
        # Refused because of a customer who is suspended, or of another write meanwhile: as if nobody had asked.
        with suppress(Conflict, Invalid):
            change_template(
                self.gas.tenant, self.ids[n % len(self.ids)], TemplateChanges(status=status), now=self.now
            )

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
        orders = {order.id: order for order in Order.query(self.gas.tenant.id)}
        assert sorted(orders) == sorted(str(row.order_id) for row in self.claims()), "an order without its date"
        for template_id in self.ids:
            row = OrderTemplate.get(self.gas.tenant.id, template_id)
            mine = list(TemplateOrder.query(template_key(self.gas.tenant.id, template_id)))
            made = [each.date_key for each in mine if each.order_id]
            skipped = [day for each in mine for day in each.dates or ()]
            assert row.next_date is not None
            rhythm, due, dates = rhythm_of(row), dt.date.fromisoformat(row.start_date), []
            due = rhythm.first(due, due)
            while due.isoformat() < row.next_date:
                dates.append(due.isoformat())
                due = rhythm.following(due)
            assert sorted(made + skipped) == dates, "each date once: an order, or a skip with its reason"
            assert due - int(row.lead_days) * DAY > self.today, "nothing is left that is due"
            for each in mine:
                if each.order_id:
                    order = orders[each.order_id]
                    assert order.template_id == template_id
                    assert str(order.scheduled_date) >= each.date_key


OPS = st.one_of(
    st.tuples(st.sampled_from(["run", "pause", "resume", "suspend", "restore"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["die_before", "die_after", "two_runs", "pause_meanwhile"]), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.integers(0, 20)),
    st.tuples(st.just("turn_back"), st.integers(1, 10)),
)
RULES = st.one_of(
    st.builds(Rule, every_days=st.integers(1, 9)),
    st.builds(
        Rule,
        every_weeks=st.integers(1, 2),
        weekdays=st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, max_size=3),
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
