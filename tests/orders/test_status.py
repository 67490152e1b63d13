"""The status table compared with the product's description, and properties of all its paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.principal import ROLES, STAFF
from chalicelib.orders.status import FIRST, STEPS, is_allowed_step, is_final, next_statuses, previous_statuses

# Written out from the product's description, not from the table.
DELIVERY_STEPS = {
    ("pending", "confirmed"),
    ("confirmed", "assigned"),
    ("assigned", "delivering"),
    ("delivering", "arriving"),
    ("arriving", "arrived"),
    ("arrived", "delivered"),
    ("assigned", "confirmed"),
    ("delivering", "delivered"),
    ("arriving", "delivered"),
    ("delivering", "failed"),
    ("arriving", "failed"),
    ("arrived", "failed"),
    ("failed", "confirmed"),
    ("pending", "cancelled"),
    ("confirmed", "cancelled"),
    ("assigned", "cancelled"),
}
TABLE_STEPS = {
    ("pending", "confirmed"),
    ("confirmed", "preparing"),
    ("preparing", "ready"),
    ("ready", "served"),
    ("served", "completed"),
    ("pending", "cancelled"),
    ("confirmed", "cancelled"),
    ("preparing", "cancelled"),
}
DRIVER_STEPS = {step for step in DELIVERY_STEPS if step[0] in ("delivering", "arriving", "arrived")} | {
    ("assigned", "delivering")
}


def steps(kind: str) -> set[tuple[str, str]]:
    return {(status, requested) for status in STEPS[kind] for requested in next_statuses(kind, status)}


@pytest.mark.parametrize(("kind", "expected"), [("delivery", DELIVERY_STEPS), ("table", TABLE_STEPS)])
def test_the_table_has_the_products_steps_and_no_other(kind: str, expected: set[tuple[str, str]]) -> None:
    assert steps(kind) == expected


@pytest.mark.parametrize("role", sorted(STAFF))
def test_staff_may_make_every_step(role: str) -> None:
    assert all(is_allowed_step("delivery", status, requested, role) for status, requested in DELIVERY_STEPS)
    assert all(is_allowed_step("table", status, requested, role) for status, requested in TABLE_STEPS)


def test_a_driver_may_make_the_delivering_steps_only() -> None:
    assert {step for step in DELIVERY_STEPS if is_allowed_step("delivery", *step, "driver")} == DRIVER_STEPS
    assert not any(is_allowed_step("table", *step, "driver") for step in TABLE_STEPS)


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_a_customer_may_cancel_while_pending_and_nothing_else(kind: str) -> None:
    assert {step for step in steps(kind) if is_allowed_step(kind, *step, "customer")} == {("pending", "cancelled")}


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_every_status_can_be_reached_and_some_are_final(kind: str) -> None:
    reached, todo = set(), [FIRST]
    while todo:
        status = todo.pop()
        if status not in reached:
            reached.add(status)
            todo += next_statuses(kind, status)
    assert reached == set(STEPS[kind])
    assert {status for status in reached if is_final(kind, status)} == (
        {"delivered", "cancelled"} if kind == "delivery" else {"completed", "cancelled"}
    )


@given(st.sampled_from(sorted(STEPS)), st.sampled_from(sorted(ROLES)), st.data())
def test_the_writes_condition_agrees_with_the_table_of_steps(kind: str, role: str, data: st.DataObject) -> None:
    requested = data.draw(st.sampled_from(sorted(STEPS[kind])))
    current = data.draw(st.sampled_from(sorted(STEPS[kind])))
    assert (current in previous_statuses(kind, requested, role)) == is_allowed_step(kind, current, requested, role)
