"""Notifies the office of overdue orders, each once for its day, even if this runs often or dies.

    per tenant: the notifications so far → the keys of the days' orders → the open ones of these → their rows
    → one announcement for each overdue order, with an id made of the day and the order

An announcement is stored on condition that none with its id exists, and it is stored for longer than the order's
day is checked. An order that moves to another day may be overdue again.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any, Final

from chalicelib.core.clock import local_day, time_zone
from chalicelib.core.logs import bind, log
from chalicelib.models.announcement import Announcement
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.orders.overdue import PROMISES, is_day_over, missed_time
from chalicelib.orders.status import STEPS, is_final
from chalicelib.realtime import notifications
from chalicelib.realtime.announcements import announce_once

# The function's timeout is five minutes. The next run starts with other tenants.
BUDGET_SECONDS: Final = 240.0
# Today and the two days before. The office's board does not show older orders, and the first run must not notify
# about every old order that was never closed.
DAYS: Final = 3
# More orders whose day is over make one notification: otherwise a tenant that closes none gets hundreds at
# midnight.
MOST_SINGLE: Final = 10
# A day is checked for DAYS days and, if the tenant changes its time zone, for one more.
STORED_FOR: Final = dt.timedelta(days=7)

_PREFIX: Final = "overdue-"
# Sorts after every id of an order.
_LAST: Final = "~"


def notify(
    now: dt.datetime,
    *,
    correlation_id: str,
    budget_seconds: float = BUDGET_SECONDS,
    elapsed: Callable[[], float] = monotonic,
) -> Counter[str]:
    """Returns the number of notifications (`notified`) and of tenants for which there was no time (`left`).

    The failure of one order or tenant does not stop the others. All failures are raised at the end, as a group.
    """
    done: Counter[str] = Counter()
    failures: list[Exception] = []
    until = elapsed() + budget_seconds
    tenants = [tenant for tenant in Tenant.scan() if tenant.status == "active"]
    random.shuffle(tenants)
    for tenant in tenants:
        if elapsed() >= until:
            done["left"] += 1
            continue
        bind(correlation_id, tenant_id=tenant.id)
        try:
            for id_, data in _notifications(tenant, now, failures):
                done["notified"] += announce_once(
                    tenant.id,
                    id_,
                    "orders",
                    "notification",
                    data,
                    correlation_id=correlation_id,
                    now=now,
                    stored_for=STORED_FOR,
                )
        except Exception as error:  # noqa: BLE001 — the other tenants must still be notified
            log.exception("overdue_not_notified")
            failures.append(error)
    bind(correlation_id)
    log.info("overdue_notified", extra={"tenants": len(tenants), "failures": len(failures), **done})
    if failures:
        raise ExceptionGroup("overdue orders to be tried again", failures)
    return done


def _notifications(
    tenant: Tenant, now: dt.datetime, failures: list[Exception]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id and data of each notification that the tenant's office has not received. Adds to `failures`."""
    today = local_day(now, tenant.time_zone)
    days = _days(today)
    notified = _notified(tenant.id, days)
    unseen = {
        order_id: day
        for day in days
        if f"{_PREFIX}{day}" not in notified
        for order_id in _orders_of(tenant.id, day)
        if _id(day, order_id) not in notified
    }
    over: dict[str, list[Order]] = {}
    for order in _open_orders(tenant, unseen, today):
        try:
            if is_day_over(order, today):
                over.setdefault(str(order.scheduled_date), []).append(order)
            elif (promised := missed_time(order, now)) is not None:
                local = promised.astimezone(time_zone(tenant.time_zone))
                yield _id(order.day_key.partition("#")[0], order.id), notifications.late(order, local)
        except Exception as error:  # noqa: BLE001 — one damaged order must not hide the others
            log.exception("overdue_order_failed", extra={"order_id": order.id})
            failures.append(error)
    for day, orders in over.items():
        if len(orders) > MOST_SINGLE:
            yield f"{_PREFIX}{day}", notifications.many_days_over(day, len(orders))
        else:
            for order in orders:
                yield _id(day, order.id), notifications.day_over(order)


def _id(day: str, order_id: str) -> str:
    return f"{_PREFIX}{day}-{order_id}"


def _days(today: str) -> list[str]:
    """The days that are checked, newest first."""
    newest = dt.date.fromisoformat(today)
    return [(newest - dt.timedelta(days=n)).isoformat() for n in range(DAYS)]


def _notified(tenant_id: str, days: Collection[str]) -> set[str]:
    """The ids of the notifications of these days so far."""
    ids = Announcement.id.between(f"{_PREFIX}{min(days)}", f"{_PREFIX}{max(days)}{_LAST}")
    return {row.id for row in Announcement.query(tenant_id, ids, consistent_read=True, attributes_to_get=["id"])}


def _orders_of(tenant_id: str, day: str) -> Iterator[str]:
    return (row.id for row in Order.by_day.query(tenant_id, Order.day_key.startswith(f"{day}#")))


def _open_orders(tenant: Tenant, unseen: Mapping[str, str], today: str) -> Iterable[Order]:
    """The current rows of those orders that are open. unseen: days by order id.

    The index has only keys, so the rows of closed orders are not read. Its keys end in the order's id, which
    begins with the time of creation, so open orders older than the oldest of `unseen` are not read either.
    """
    if not unseen:
        return ()
    promised, is_past = PROMISES[tenant.kind].open, min(unseen.values()) < today
    found = []
    for status in STEPS[tenant.kind]:
        if is_final(tenant.kind, status) or not (is_past or status in promised):
            continue
        keys = Order.status_key.between(f"{status}#{min(unseen)}", f"{status}#{max(unseen)}")
        for row in Order.by_status.query(tenant.id, keys):
            if row.id in unseen and (unseen[row.id] < today or status in promised):
                found.append((tenant.id, row.id))
    return Order.batch_get(found, consistent_read=True)
