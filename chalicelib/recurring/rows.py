"""Rows of recurring orders: what they say as dates, when they are due, and the one way they are written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import OFFICE_STAFF, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import day_bounds, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import connection, retry_on_conflict
from chalicelib.models.lookup import get_row
from chalicelib.models.order import PaymentMethod
from chalicelib.models.order_template import DUE, OrderTemplate
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.tenant import Tenant
from chalicelib.orders.drafts import ItemDraft, OrderDraft
from chalicelib.recurring.rules import Rhythm, Rule, rhythm

# Of the dates that were skipped at one time so many are named; the others are counted.
_NAMED_SKIPS: Final = 100


@rule(roles=STAFF)
def visible_template(principal: Principal, template_id: str) -> OrderTemplate:
    """The row as of now. Raises NotFound, also for another tenant's."""
    return get_template(principal.tenant_id, template_id)


def get_template(tenant_id: str, template_id: str) -> OrderTemplate:
    """The row as of now. Raises NotFound, also for somebody else's."""
    return get_row(OrderTemplate, tenant_id, template_id, "order template")


def day(text: str) -> dt.date:
    """A stored date."""
    return dt.date.fromisoformat(text)


def rule_of(row: OrderTemplate) -> Rule:
    """The row's rule. Raises Unreadable."""
    try:
        return msgspec.json.decode(row.rule, type=Rule)
    except msgspec.MsgspecError as error:
        raise row.undecodable("rule") from error


def rhythm_of(row: OrderTemplate) -> Rhythm:
    """The row's rule, ready to tell dates."""
    return rhythm(rule_of(row), day(row.start_date), None if row.interval_days is None else int(row.interval_days))


def due_at(due: dt.date, lead_days: int, tenant: Tenant) -> str:
    """The instant from which an order for `due` may be made: the local midnight that begins that day."""
    return wire(day_bounds(due - dt.timedelta(days=lead_days), tenant.time_zone)[0])


def waiting_for(due: dt.date, lead_days: int, tenant: Tenant) -> dict[str, Any]:
    """The attributes of a row that waits for `due`."""
    return {
        "status": "active",
        "problem": None,
        "next_date": due.isoformat(),
        "due_queue": DUE,
        "due_at": due_at(due, lead_days, tenant),
    }


def ended() -> dict[str, Any]:
    """The attributes of a row that waits for nothing any more."""
    return {"status": "ended", "problem": None, "next_date": None, **IDLE}


# Out of the index of what is due.
IDLE: Final[Mapping[str, Any]] = {"due_queue": None, "due_at": None}


def check_delivers(tenant: Tenant) -> None:
    """Raises Forbidden `delivery_only`: who orders at a table is there when they do."""
    if tenant.kind != "delivery":
        raise Forbidden("Only businesses that deliver have recurring orders.", code=ErrorCode.DELIVERY_ONLY)


def recurring(tenant: Tenant) -> Principal:
    """Who makes these orders: with the rights of staff, who wrote the template, and this name in the history."""
    return Principal(
        tenant_id=tenant.id,
        kind=tenant.kind,
        user_id="order-template",
        role=OFFICE_STAFF,
        session_id="",
        expires_at=0,
    )


def draft_of(row: OrderTemplate, scheduled: dt.date) -> OrderDraft:
    """The order that the template asks for."""
    return OrderDraft(
        customer_id=row.customer_id,
        items=[ItemDraft(product_id=item.product_id, quantity=int(item.quantity)) for item in row.items],
        scheduled_date=scheduled,
        payment_method=cast("PaymentMethod | None", row.payment_method),
        template_id=row.id,
        notes=row.notes,
    )


def skipped_dates(row: OrderTemplate, dates: Sequence[dt.date], reason: str, at: str) -> TemplateOrder:
    """The row that says that `dates` got no order, and why."""
    return TemplateOrder(
        template_key(row.tenant_id, row.id),
        f"{dates[-1].isoformat()}#skipped",
        reason=reason,
        skips=len(dates),
        dates=[each.isoformat() for each in dates[-_NAMED_SKIPS:]],
        created_at=at,
    )


def write(
    row: OrderTemplate,
    new_values: Mapping[str, Any],
    *,
    at: str,
    write_also: Callable[[TransactWrite], None] = lambda _: None,
) -> None:
    """Writes attributes (None removes) and raises the version, with whatever `write_also` adds, all or nothing.

    Raises TransactWriteError; `is_template_changed` tells whether the row has changed since it was read.
    """
    actions: list[Action] = [
        getattr(OrderTemplate, name).remove() if value is None else getattr(OrderTemplate, name).set(value)
        for name, value in new_values.items()
        if value is not None or getattr(row, name) is not None
    ]
    actions += [OrderTemplate.version.set(int(row.version) + 1), OrderTemplate.updated_at.set(at)]

    def transact() -> None:
        with TransactWrite(connection=connection()) as transaction:
            transaction.update(
                OrderTemplate(row.tenant_id, row.id),
                actions=actions,
                condition=OrderTemplate.version == row.version,
            )
            write_also(transaction)

    retry_on_conflict(transact)
    for name, value in new_values.items():
        setattr(row, name, value)
    row.version, row.updated_at = int(row.version) + 1, at


def is_template_changed(error: TransactWriteError) -> bool:
    """Whether the transaction was refused because the template had changed."""
    return failed_conditions(error)[-1:] == [True]


def is_already_there(error: TransactWriteError) -> bool:
    """Whether it was refused, and not for that, because the first thing put beside it was there already."""
    return not is_template_changed(error) and failed_conditions(error)[:1] == [True]
