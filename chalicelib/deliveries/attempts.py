"""Delivery attempts: one row for each time that an order becomes `delivering`, derived from the order's row alone.

The orders' stream makes the rows, so it does not matter which function changed the order. The history in the
order's row contains all data of an attempt, so a record that comes twice or late makes the same row or none.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import from_wire, local_day, now, wire
from chalicelib.core.logs import log
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import transact
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import HistoryEntry, Order

# By status of the order; an order with another status has no attempt.
OUTCOMES: Final = {
    "delivering": "under_way",
    "arriving": "under_way",
    "arrived": "under_way",
    "delivered": "delivered",
    "failed": "failed",
}

# DynamoDB's code for a write of a transaction whose condition failed.


def has_attempt(order: Order) -> bool:
    """Whether the order's current status belongs to an attempt."""
    return order.kind == "delivery" and order.status in OUTCOMES


def attempt_of(order: Order, zone: str) -> Delivery | None:
    """The row of the order's current attempt. zone: the tenant's time zone, for the attempt's day."""
    starts = [n for n, entry in enumerate(order.history) if entry.status == "delivering"]
    if not has_attempt(order) or not starts:
        return None
    steps = order.history[starts[-1] :]
    number, started_at, outcome = len(starts), steps[0].at, OUTCOMES[order.status]
    attempt_id = f"{order.id}-{number:02}"
    day = local_day(from_wire(started_at), zone)
    end = steps[-1] if outcome != "under_way" else None
    proof = order.proof if outcome == "delivered" else None
    return Delivery(
        order.tenant_id,
        attempt_id,
        order_id=order.id,
        order_number=order.order_number,
        order_version=order.version,
        number=number,
        customer_id=order.customer_id,
        driver_id=order.driver_id,
        started_at=started_at,
        arrived_at=_first(steps, "arrived"),
        finished_at=end and end.at,
        eta=_eta(order, from_wire(started_at)),
        outcome=outcome,
        failure_reason=end.reason if end and outcome == "failed" else None,
        proof=proof,
        cylinders_out=_cylinders(order) if outcome == "delivered" else 0,
        empties_back=int(proof.empties_back or 0) if proof else 0,
        day_key=f"{day}#{attempt_id}",
        driver_key=order.driver_id and f"{order.driver_id}#{day}#{attempt_id}",
        outcome_key=f"{outcome}#{day}#{attempt_id}",
    )


def record_attempt(old: Order | None, new: Order, zone: str) -> None:
    """Writes the row of the order's current attempt, and adds its cylinders to the customer's count once.

    May be repeated in any order: an older image never replaces a newer one, and a delivered attempt never changes.
    """
    row = attempt_of(new, zone)
    before = attempt_of(old, zone) if old is not None else None
    if row is None or (before is not None and _comparable(before) == _comparable(row)):
        return
    fresh = Delivery.id.does_not_exist() | (
        (Delivery.order_version < row.order_version) & (Delivery.outcome != "delivered")
    )
    # An imported order has no old image. Its cylinders were delivered in the past and are not counted.
    count = old is not None and _net_cylinders(row) != 0
    is_written = _write_and_count(row, fresh) if count else row.save_if(fresh)
    if is_written:
        log.info("attempt_kept", extra={"order_id": new.id, "attempt": row.number, "outcome": row.outcome})


def _net_cylinders(row: Delivery) -> int:
    """How many more cylinders the customer has after the attempt; 0 for an order without a customer."""
    if row.customer_id is None or row.outcome != "delivered":
        return 0
    return int(row.cylinders_out) - int(row.empties_back)


def _write_and_count(row: Delivery, fresh: Any) -> bool:
    customer = Customer(row.tenant_id, row.customer_id)
    count: list[Action] = [
        Customer.cylinders_out.add(_net_cylinders(row)),
        # A new version, so that a client that is editing the old count gets a conflict.
        Customer.version.add(1),
        Customer.updated_at.set(wire(now())),
    ]

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=fresh)
        transaction.update(customer, actions=count, condition=Customer.id.exists())

    try:
        transact(write)
    except TransactWriteError as error:
        refused = failed_conditions(error)
        if refused[:1] == [True]:
            return False
        if refused == [False, True]:
            log.warning("cylinders_of_nobody", extra={"order_id": row.order_id, "customer_id": row.customer_id})
            return row.save_if(fresh)
        raise
    return True


def _comparable(row: Delivery) -> dict[str, Any]:
    """All attributes except the order's version, which also rises with edits that do not affect the attempt."""
    return {name: value for name, value in row.serialize().items() if name != "order_version"}


def _first(steps: list[HistoryEntry], status: str) -> str | None:
    return next((entry.at for entry in steps if entry.status == status), None)


def _eta(order: Order, started: datetime) -> str | None:
    if order.estimated_time is None:
        return None
    return wire(started + timedelta(minutes=int(order.estimated_time)))


def _cylinders(order: Order) -> int:
    return sum(int(item.quantity) for item in order.items if item.is_cylinder)
