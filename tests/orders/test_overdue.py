"""Which orders are overdue, and since when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import wire
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.orders.overdue import GRACE, PROMISES, is_day_over, missed_time
from chalicelib.orders.status import STEPS, is_final

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
PROMISED = NOON + timedelta(minutes=20)
ALL = [(kind, status) for kind, steps in STEPS.items() for status in steps]


def order(kind: str, status: str, **values: Any) -> Order:
    """It took its step at noon; 20 minutes were promised."""
    steps = [HistoryEntry(status=each, at=wire(NOON), by="u") for each in ("pending", PROMISES[kind].since)]
    return Order(**{"kind": kind, "status": status, "history": steps, "estimated_time": 20, **values})


@pytest.mark.parametrize(("kind", "status"), ALL)
def test_every_open_order_of_a_past_day_is_overdue(kind: str, status: str) -> None:
    row = order(kind, status, scheduled_date="2026-11-21")
    assert is_day_over(row, "2026-11-22") is not is_final(kind, status)
    assert not is_day_over(row, "2026-11-21")


def test_an_order_without_a_day_has_none_that_could_be_over() -> None:
    assert not is_day_over(order("table", "preparing"), "2026-11-22")


def test_a_promise_is_missed_when_its_grace_is_over() -> None:
    row = order("delivery", "delivering")
    assert missed_time(row, PROMISED + GRACE) is None
    assert missed_time(row, PROMISED + GRACE + timedelta(milliseconds=1)) == PROMISED


@pytest.mark.parametrize(("kind", "status"), ALL)
def test_open_orders_of_both_kinds_have_a_promised_time(kind: str, status: str) -> None:
    waits = {("delivery", "delivering"), ("delivery", "arriving"), ("table", "confirmed"), ("table", "preparing")}
    missed = missed_time(order(kind, status), NOON + timedelta(hours=5))
    assert (missed is not None) is ((kind, status) in waits)


def test_without_an_estimate_nothing_was_promised() -> None:
    assert missed_time(order("delivery", "delivering", estimated_time=None), NOON + timedelta(hours=5)) is None


def test_the_promise_of_a_second_attempt_counts_from_the_second() -> None:
    row = order("delivery", "delivering")
    again = NOON + timedelta(hours=2)
    row.history.append(HistoryEntry(status="delivering", at=wire(again), by="u"))
    assert missed_time(row, NOON + timedelta(hours=5)) == again + timedelta(minutes=20)
