"""Rows of recurring orders: their dates, when they are due, and how they are written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import OFFICE_STAFF, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import day_bounds, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import assign, transact
from chalicelib.models.lookup import get_row
from chalicelib.models.order import PaymentMethod
from chalicelib.models.order_template import DUE, OrderTemplate
from chalicelib.models.template_order import TemplateOrder, template_key
from chalicelib.models.tenant import Tenant
from chalicelib.orders.drafts import ItemDraft, OrderDraft
from chalicelib.recurring.rules import Rhythm, Rule, rhythm

# A row lists so many skipped dates; the others are only counted.
_NAMED_SKIPS: Final = 100


@rule(roles=STAFF)
def visible_template(principal: Principal, template_id: str) -> OrderTemplate:
    """The template, read strongly consistently. Raises NotFound, also for another tenant's."""
    return get_template(principal.tenant_id, template_id)


def get_template(tenant_id: str, template_id: str) -> OrderTemplate:
    """As `visible_template`, without a principal."""
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
    """The row's rule, for computing dates."""
    return rhythm(rule_of(row), day(row.start_date), None if row.interval_days is None else int(row.interval_days))


def due_at(due: dt.date, lead_days: int, tenant: Tenant) -> str:
    """The instant from which the order for `due` may be made: local midnight, lead_days before it."""
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
    """The attributes of an ended row."""
    return {"status": "ended", "problem": None, "next_date": None, **IDLE}


# Removes a row from the index of waiting templates.
IDLE: Final[Mapping[str, Any]] = {"due_queue": None, "due_at": None}


def check_delivers(tenant: Tenant) -> None:
    """Raises Forbidden `delivery_only` for a restaurant, which has no recurring orders."""
    if tenant.kind != "delivery":
        raise Forbidden("Only businesses that deliver have recurring orders.", code=ErrorCode.DELIVERY_ONLY)


def recurring(tenant: Tenant) -> Principal:
    """The principal who makes these orders, with the rights of staff and its own name in the history."""
    return Principal(
        tenant_id=tenant.id,
        kind=tenant.kind,
        user_id="order-template",
        role=OFFICE_STAFF,
        session_id="",
        expires_at=0,
    )


def draft_of(row: OrderTemplate, scheduled: dt.date) -> OrderDraft:
    """The draft of the template's order for a day."""
    return OrderDraft(
        customer_id=row.customer_id,
        items=[ItemDraft(product_id=item.product_id, quantity=int(item.quantity)) for item in row.items],
        scheduled_date=scheduled,
        payment_method=cast("PaymentMethod | None", row.payment_method),
        template_id=row.id,
        notes=row.notes,
    )


def skipped_dates(row: OrderTemplate, dates: Sequence[dt.date], reason: str, at: str) -> TemplateOrder:
    """The row of skipped dates and the reason."""
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
    """Writes attributes (None removes one) and raises the version, in one transaction with the writes of
    `write_also`.

    Raises TransactWriteError; `is_template_changed` shows whether the row has changed since it was read.
    """
    stamped = {**new_values, "version": int(row.version) + 1, "updated_at": at}

    def write_all(transaction: TransactWrite) -> None:
        transaction.update(
            OrderTemplate(row.tenant_id, row.id),
            actions=assign(OrderTemplate, stamped),
            condition=OrderTemplate.version == row.version,
        )
        write_also(transaction)

    transact(write_all)
    for name, value in stamped.items():
        setattr(row, name, value)


def is_template_changed(error: TransactWriteError) -> bool:
    """Whether the transaction was refused because the template had changed."""
    return failed_conditions(error)[-1:] == [True]


def is_already_there(error: TransactWriteError) -> bool:
    """Whether the template had not changed, but the first item that `write_also` puts already existed."""
    return not is_template_changed(error) and failed_conditions(error)[:1] == [True]
