"""The event of a change of an order's row."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.models.order import Order
from chalicelib.orders.events import OrderCreated, OrderStatusChanged, OrderUpdated, event_id, event_of


def order(**values: Any) -> Order:
    return Order(
        **{
            "tenant_id": "t",
            "id": "o",
            "version": 1,
            "status": "pending",
            "notify": True,
            "total_price": Decimal(1),
            **values,
        }
    )


def test_a_new_row_is_an_order_created() -> None:
    new = order()
    assert event_of(None, new) == OrderCreated(new)


def test_another_status_is_a_status_change_that_remembers_the_last_one() -> None:
    old, new = order(driver_id="d"), order(version=2, status="confirmed")
    assert event_of(old, new) == OrderStatusChanged(new, "pending", "d")


def test_any_other_change_is_an_update() -> None:
    old, new = order(), order(version=2, notes="second floor")
    assert event_of(old, new) == OrderUpdated(new, None)


@pytest.mark.parametrize("old", [None, order()])
def test_a_quiet_change_is_no_event(old: Order | None) -> None:
    assert event_of(old, order(version=2, status="confirmed", notify=False)) is None


def test_a_change_after_a_quiet_one_is_an_event_again() -> None:
    assert event_of(order(notify=False), order(version=2, status="confirmed")) is not None


def test_a_row_that_only_bookkeeping_touched_is_no_event() -> None:
    assert event_of(order(), order()) is None


@pytest.mark.parametrize("notify", [True, False])
def test_an_order_whose_damaged_row_is_repaired_is_updated_under_an_id_of_its_own(notify: bool) -> None:
    new = order(version=2, notify=notify)
    repaired = event_of(None, new, repair="r")
    assert repaired == OrderUpdated(new, None, "r")
    assert event_id(repaired) != event_id(OrderUpdated(new, None))


def test_events_of_one_order_have_different_ids_and_repeats_the_same() -> None:
    first, second = event_of(None, order()), event_of(order(), order(version=2))
    assert first is not None
    assert second is not None
    assert event_id(first) != event_id(second)
    assert event_id(first) == event_id(OrderCreated(order()))
