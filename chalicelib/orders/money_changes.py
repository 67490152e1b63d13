"""The record of an order's money changes: who, when, why, and the values before and after.

It is a list separate from the history. When it is full, further edits of the money are refused, but status changes
and payments are not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.models.base import assign
from chalicelib.models.order import LineChange, LineState, MoneyChange, MoneyState, Order, OrderItem
from chalicelib.orders.rows import update_row
from chalicelib.orders.status import FIRST

# As DynamoDB's JSON, which is longer than the item. A row may have 400 KB; the rest of the largest is 167 KB. One
# change of 100 items with the longest names is 110 KB, a usual one 600 bytes.
MOST_BYTES: Final = 150_000


def money_change(
    order: Order, changes: Mapping[str, Any], *, by: str, reason: str | None, now: datetime
) -> MoneyChange | None:
    """The entry for new values by attribute; None if the money does not change. by: the user's id."""
    before = _state({}, order)
    after = _state(changes, order)
    lines = _line_changes(order.items, changes.get("items", order.items))
    if not lines and before.attribute_values == after.attribute_values:
        return None
    return MoneyChange(
        at=wire(now), by=by, reason=reason, status=order.status, before=before, after=after, lines=lines
    )


def check_reason(order: Order, change: MoneyChange) -> None:
    """Raises Invalid `reason_required` if the total falls without a reason.

    Before an order is accepted no reason is needed, because no other person has agreed to its price.
    """
    own = bool(order.history) and order.history[0].by == change.by
    if lowers(change) and not (change.reason or "").strip() and not (own and order.status == FIRST):
        raise Invalid(
            ("reason", "missing: the total of this order becomes lower"),
            code=ErrorCode.REASON_REQUIRED,
        )


def check_room(order: Order, change: MoneyChange) -> None:
    """Raises Conflict `changes_full` if the record has no room for the change."""
    entries = [*(order.money_changes or ()), change]
    stored = Order.money_changes.serialize(entries)
    if len(msgspec.json.encode(stored)) > MOST_BYTES:
        raise Conflict(code=ErrorCode.CHANGES_FULL)


def lowers(change: MoneyChange) -> bool:
    """Whether the total falls."""
    fell: bool = change.after.total_price < change.before.total_price
    return fell


def is_reduction(change: MoneyChange) -> bool:
    """Whether the change lowers an agreed total, which needs a reason."""
    return lowers(change) and (change.status != FIRST or bool(change.reason))


def update_money(
    order: Order,
    changes: Mapping[str, Any],
    change: MoneyChange | None,
    *,
    notify: bool,
    correlation_id: str,
    now: datetime,
) -> Order | None:
    """Writes new values by attribute (None removes it) and the entry. Returns None if the order has changed since.

    order: as just read. Its version is the condition even if the client sent none: the entry has the values
    before, the total must match the items, and a closed order must not be edited.
    """
    return update_row(
        order.tenant_id,
        order.id,
        [*assign(Order, changes), *_record_actions(change)],
        Order.version == order.version,
        notify=notify,
        correlation_id=correlation_id,
        now=now,
    )


def _record_actions(change: MoneyChange | None) -> list[Action]:
    """The actions that append the entry, without rewriting entries of a newer version."""
    if change is None:
        return []
    actions: list[Action] = [Order.money_changes.set((Order.money_changes | []).append([change]))]
    if is_reduction(change):
        actions.append(Order.reduced_at.set(change.at))
    return actions


def _state(changes: Mapping[str, Any], order: Order) -> MoneyState:
    names = ("total_price", "payment_status", "payment_method")
    return MoneyState(**{name: changes.get(name, getattr(order, name)) for name in names})


def _line_changes(before: Sequence[OrderItem], after: Sequence[OrderItem]) -> list[LineChange]:
    """The items that differ; removed ones last."""
    pairs: list[tuple[OrderItem | None, OrderItem | None]] = []
    left = list(before)
    for line in after:
        old = next((each for each in left if each.id == line.id), None)
        # Imported items have new ids.
        old = old or next((each for each in left if _product(each) == _product(line)), None)
        if old is not None:
            left.remove(old)
        pairs.append((old, line))
    pairs += [(line, None) for line in left]
    states = [(_line_state(old), _line_state(new)) for old, new in pairs]
    return [LineChange(before=old, after=new) for old, new in states if _values(old) != _values(new)]


def _product(line: OrderItem) -> str:
    return line.product_id or line.menu_item_id or f"named {line.name}"


def _line_state(line: OrderItem | None) -> LineState | None:
    if line is None:
        return None
    return LineState(name=line.name, quantity=int(line.quantity), unit_price=line.unit_price)


def _values(state: LineState | None) -> dict[str, Any] | None:
    return None if state is None else dict(state.attribute_values)
