"""Makes the due orders, one per template and due date, even if this runs often or dies.

    read the due templates → per template: one transaction of {the template's next date, if its version is as read;
    the date's claim, if there is none; the order} → repeat until the template's next date is later

If a run dies between two transactions, no order is half-made, and the next run finds the other due ones.
Concurrent runs conflict in the template's version; the slower one reads again.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import local_date, wire
from chalicelib.core.errors import Forbidden, Invalid, NotFound
from chalicelib.core.logs import bind, log
from chalicelib.models.order import Order
from chalicelib.models.order_template import DUE, OrderTemplate, Problem
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.tenant import Tenant
from chalicelib.orders.create import new_order
from chalicelib.recurring.consumption import interval_days
from chalicelib.recurring.rows import (
    IDLE,
    check_delivers,
    day,
    draft_of,
    due_at,
    ended,
    get_template,
    is_already_there,
    is_template_changed,
    recurring,
    rule_of,
    skipped_dates,
    waiting_for,
    write,
)
from chalicelib.recurring.rules import DueDates, due_dates, rhythm
from chalicelib.tenants.tenants import get_tenant

# Four of the function's five minutes; the next run continues with the rest.
BUDGET_SECONDS: Final = 240.0

# The most rounds of one template in one run: its dates within the lead time, at most one a day, and lost races.
_ROUNDS: Final = 20

_PAGE: Final = 100

# After this time templates of a suspended tenant are checked again.
_LATER: Final = dt.timedelta(days=1)


def create_due(
    now: dt.datetime,
    *,
    correlation_id: str,
    budget_seconds: float = BUDGET_SECONDS,
    elapsed: Callable[[], float] = monotonic,
) -> Counter[str]:
    """Makes the orders of all due templates; returns the counts `made`, `skipped`, `suspended`, `waiting`, `left`.

    The failure of one template does not stop the others. Failures are raised at the end, as a group, so that
    Lambda runs this again.
    """
    done: Counter[str] = Counter()
    failures: list[Exception] = []
    tenants: dict[str, Tenant] = {}
    until = elapsed() + budget_seconds
    for tenant_id, template_id in _due(now):
        if elapsed() >= until:
            done["left"] = 1
            break
        bind(correlation_id, tenant_id=tenant_id, template_id=template_id)
        try:
            if tenant_id not in tenants:
                tenants[tenant_id] = get_tenant(tenant_id)
            done += _made(tenants[tenant_id], template_id, correlation_id, now)
        except Exception as error:  # noqa: BLE001 — whatever it is, the other templates' orders are due all the same
            log.exception("due_order_failed")
            failures.append(error)
    bind(correlation_id)
    log.info("due_orders_created", extra={"failures": len(failures), **done})
    if failures:
        raise ExceptionGroup("templates to be tried again", failures)
    return done


def _due(now: dt.datetime) -> Iterator[tuple[str, str]]:
    """Keys of templates that may be due, oldest first, from an eventually consistent index."""
    rows = OrderTemplate.by_due.query(DUE, OrderTemplate.due_at <= wire(now), page_size=_PAGE)
    return ((row.tenant_id, row.id) for row in rows)


def _made(tenant: Tenant, template_id: str, correlation_id: str, now: dt.datetime) -> Counter[str]:
    """Makes one template's orders until its next date is later."""
    done: Counter[str] = Counter()
    today = local_date(now, tenant.time_zone)
    for _ in range(_ROUNDS):
        try:
            row = get_template(tenant.id, template_id)
        except NotFound:
            return done
        if row.status != "active" or row.next_date is None:
            return done
        try:
            if tenant.status != "active":
                write(row, {"due_at": wire(now + _LATER)}, at=wire(now))
                done["waiting"] += 1
                return done
            if day(row.next_date) - dt.timedelta(days=int(row.lead_days)) > today:
                _correct(row, tenant, now)
                return done
            _make(row, tenant, today, correlation_id, now, done)
        except TransactWriteError as error:
            # Another writer was faster: staff, or another run of this function. Read the row again.
            if not is_template_changed(error):
                raise
    done["left"] = 1
    return done


def _make(
    row: OrderTemplate, tenant: Tenant, today: dt.date, correlation_id: str, now: dt.datetime, done: Counter[str]
) -> None:
    """Writes one date in a transaction: its order, the skipped dates before it, and the template's next date."""
    assert row.next_date is not None, "it waits for a date"  # noqa: S101
    end = day(row.end_date) if row.end_date else None
    # Computes the interval first: if it is shorter than the last one, further dates may be missed or today.
    interval = interval_days(row, tenant)
    following = rhythm(rule_of(row), day(row.start_date), interval).following
    step = due_dates(day(row.next_date), following, today=today, end=end)
    try:
        check_delivers(tenant)
        draft = draft_of(row, max(step.due, today))
        order = new_order(recurring(tenant), tenant, draft, correlation_id=correlation_id, now=now)
    except (Invalid, Forbidden) as refusal:
        # Not retried each hour: staff see the problem in the list, correct it, and resume the template.
        problem = Problem(code=refusal.code, detail=refusal.detail, at=wire(now))
        write(row, {"status": "suspended", "problem": problem, **IDLE}, at=wire(now))
        log.warning("order_template_suspended", extra={"code": refusal.code, "due_date": step.due.isoformat()})
        done["suspended"] += 1
        return
    new_values = ended() if step.next is None else waiting_for(step.next, int(row.lead_days), tenant)
    new_values |= {"last_date": step.due.isoformat(), "interval_days": interval}

    def write_also(transaction: TransactWrite) -> None:
        transaction.save(_claim(row, step, order), condition=TemplateOrder.date_key.does_not_exist())
        transaction.save(order, condition=Order.id.does_not_exist())
        if step.skipped:
            transaction.save(skipped_dates(row, step.skipped, "missed", wire(now)))

    try:
        write(row, new_values, at=wire(now), write_also=write_also)
    except TransactWriteError as error:
        if not is_already_there(error):
            raise
        # The rule was changed back to a date that already has an order. Continue with the next date.
        write(row, new_values, at=wire(now))
        return
    done["made"] += 1
    done["skipped"] += len(step.skipped)
    log.info(
        "due_order_created",
        extra={"order_id": order.id, "due_date": step.due.isoformat(), "skipped": len(step.skipped)},
    )


def _claim(row: OrderTemplate, step: DueDates, order: Order) -> TemplateOrder:
    return TemplateOrder(
        template_key(row.tenant_id, row.id),
        step.due.isoformat(),
        order_id=order.id,
        order_number=order.order_number,
        scheduled_date=order.scheduled_date,
        created_at=order.created_at,
    )


def _correct(row: OrderTemplate, tenant: Tenant, now: dt.datetime) -> None:
    """Corrects the due time, after the index was behind or the tenant's time zone changed."""
    assert row.next_date is not None, "it waits for a date"  # noqa: S101
    right = due_at(day(row.next_date), int(row.lead_days), tenant)
    if row.due_at != right:
        write(row, {"due_at": right}, at=wire(now))
