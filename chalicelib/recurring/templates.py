"""Creates, changes, pauses, resumes and ends recurring orders. They are never deleted."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET
from pynamodb.exceptions import TransactWriteError

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import local_date, new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid, stale
from chalicelib.core.fields import requested_fields
from chalicelib.core.logs import log
from chalicelib.models.customer import Customer
from chalicelib.models.order_template import OrderTemplate, TemplateItem
from chalicelib.models.product import Product
from chalicelib.models.tenant import Tenant
from chalicelib.orders.create import new_order
from chalicelib.recurring.consumption import interval_days
from chalicelib.recurring.drafts import NewTemplate, TemplateChanges, TemplateLine
from chalicelib.recurring.rows import (
    IDLE,
    check_delivers,
    day,
    draft_of,
    ended,
    get_template,
    is_template_changed,
    recurring,
    rhythm_of,
    skipped_dates,
    waiting_for,
    write,
)
from chalicelib.recurring.rules import Rule, checked_rule

# A year away is a typing error, as with orders.
FURTHEST_START: Final = dt.timedelta(days=366)
_DAY: Final = dt.timedelta(days=1)

# The fields that determine the dates.
_TIMING: Final = ("rule", "start_date", "end_date")


@rule(roles=STAFF)
def create_template(_principal: Principal, tenant: Tenant, new: NewTemplate, *, now: dt.datetime) -> OrderTemplate:
    """Creates a recurring order. It must be possible to order the same now.

    Raises Invalid or Forbidden `delivery_only`.
    """
    row, today = new_row(tenant, new, now=now), local_date(now, tenant.time_zone)
    _check_bounds(row, today)
    check_orderable(row, tenant, now=now)
    row.interval_days = interval_days(row, tenant)
    waits = waiting(row, tenant, today)
    if waits["next_date"] is None:
        raise Invalid(("end_date", "no date of the rule lies before it"))
    for name, value in waits.items():
        setattr(row, name, value)
    row.save(condition=OrderTemplate.id.does_not_exist())
    log.info("order_template_created", extra={"template_id": row.id, "next_date": row.next_date})
    return row


def new_row(tenant: Tenant, new: NewTemplate, *, now: dt.datetime) -> OrderTemplate:
    """The row of a new template, without its next date; does not write it. Raises Invalid for an invalid rule."""
    start, at = new.start_date or local_date(now, tenant.time_zone), wire(now)
    return OrderTemplate(
        tenant.id,
        new_id(),
        customer_id=new.customer_id,
        items=_items(new.items),
        rule=_rule_text(new.rule),
        start_date=start.isoformat(),
        end_date=new.end_date and new.end_date.isoformat(),
        lead_days=new.lead_days,
        payment_method=new.payment_method,
        notes=new.notes or None,
        created_at=at,
        updated_at=at,
    )


@rule(roles=STAFF)
def change_template(
    _principal: Principal, tenant: Tenant, template_id: str, changes: TemplateChanges, *, now: dt.datetime
) -> OrderTemplate:
    """Changes a template and returns the row. Existing orders do not change.

    Raises NotFound, Invalid (also if it would be resumed but cannot be ordered today) or Conflict
    (`stale_version`; `no_dates_left` if it has no further dates).
    """
    row = get_template(tenant.id, template_id)
    if changes.version is not None and changes.version != row.version:
        raise stale(int(row.version))
    today, at = local_date(now, tenant.time_zone), wire(now)
    new_values = _plain_changes(row, changes)
    after = OrderTemplate.from_raw_data(row.to_dynamodb_dict())
    for name, value in new_values.items():
        setattr(after, name, value)
    if {"start_date", "end_date"} & new_values.keys():
        _check_bounds(after, today)
    status = row.status if changes.status is UNSET else changes.status
    if "items" in new_values or (status == "active" and row.status != "active"):
        check_orderable(after, tenant, now=now)
    if {"items", "rule"} & new_values.keys():
        new_values["interval_days"] = after.interval_days = interval_days(after, tenant)
    skips: list[dt.date] = []
    if status == "active":
        new_values |= _active_again(row, after, tenant, today)
        if row.status in ("paused", "suspended"):
            skips = _passed(row, today)
    elif status != row.status:
        new_values |= ended() if status == "ended" else {"status": status, "problem": None, **IDLE}
    new_values = {name: value for name, value in new_values.items() if value != getattr(row, name)}
    if not new_values:
        return row
    reason = row.status
    try:
        write(
            row,
            new_values,
            at=at,
            write_also=lambda more: more.save(skipped_dates(row, skips, reason, at)) if skips else None,
        )
    except TransactWriteError as error:
        if not is_template_changed(error):
            raise
        raise stale(int(row.version) + 1) from error
    log.info("order_template_changed", extra={"template_id": row.id, "changed": sorted(new_values)})
    return row


@rule(roles=STAFF)
def end_template(principal: Principal, tenant: Tenant, template_id: str, *, now: dt.datetime) -> None:
    """Ends a template; staff may resume it. Repeating it changes nothing. Raises NotFound or Conflict."""
    change_template(principal, tenant, template_id, TemplateChanges(status="ended"), now=now)


def next_dates(row: OrderTemplate, tenant: Tenant, count: int, now: dt.datetime) -> list[dt.date]:
    """The next due dates; for a template that is not active, those after resuming it now."""
    waits = (
        row.next_date
        if row.status == "active"
        else waiting(row, tenant, local_date(now, tenant.time_zone))["next_date"]
    )
    rhythm, found = rhythm_of(row), [day(waits)] if waits else []
    while found and len(found) < count:
        due = rhythm.following(found[-1])
        if row.end_date is not None and due > day(row.end_date):
            break
        found.append(due)
    return found


def _plain_changes(row: OrderTemplate, changes: TemplateChanges) -> dict[str, Any]:
    new_values = requested_fields(changes, without=("version", "status"))
    for name in ("start_date", "end_date"):
        if new_values.get(name):
            new_values[name] = new_values[name].isoformat()
    if "notes" in new_values:
        new_values["notes"] = new_values["notes"] or None
    if "items" in new_values:
        lines = new_values.pop("items")
        new_values |= {} if lines == lines_of(row) else {"items": _items(lines)}
    if "rule" in new_values:
        new_values["rule"] = _rule_text(new_values["rule"])
    return {name: value for name, value in new_values.items() if value != getattr(row, name)}


def lines_of(row: OrderTemplate) -> list[TemplateLine]:
    """The row's lines."""
    return [TemplateLine(product_id=item.product_id, quantity=int(item.quantity)) for item in row.items]


def _active_again(row: OrderTemplate, after: OrderTemplate, tenant: Tenant, today: dt.date) -> dict[str, Any]:
    """The attributes of an active template's next date after a change. Raises Conflict `no_dates_left`."""
    timed_anew = any(getattr(row, name) != getattr(after, name) for name in _TIMING)
    if row.status != "active":
        # Not before the previous next date: earlier dates have an order or were skipped.
        waits = row.next_date if row.next_date is not None and not timed_anew else None
        new_values = waiting(after, tenant, today if waits is None else max(today, day(waits)))
        if new_values["next_date"] is None:
            raise Conflict(code=ErrorCode.NO_DATES_LEFT)
        return new_values
    assert row.next_date is not None, "an active template waits for a date"  # noqa: S101
    if timed_anew:
        # A date that is overdue because the schedule was down stays due.
        return waiting(after, tenant, min(today, day(row.next_date)))
    return waiting_for(day(row.next_date), int(after.lead_days), tenant)


def waiting(row: OrderTemplate, tenant: Tenant, first: dt.date) -> dict[str, Any]:
    """The attributes for the first date from `first` on without an order; those of an ended row without one."""
    anchor = day(row.start_date)
    if row.last_date is not None:
        last = day(row.last_date)
        first = max(first, last + _DAY)
        if row.interval_days is not None:
            anchor = max(anchor, last)
    due = rhythm_of(row).first(anchor, first)
    if row.end_date is not None and due > day(row.end_date):
        return ended()
    return waiting_for(due, int(row.lead_days), tenant)


def _passed(row: OrderTemplate, today: dt.date) -> list[dt.date]:
    """The dates that passed while the template was not active."""
    if row.next_date is None:
        return []
    rhythm, due, end = rhythm_of(row), day(row.next_date), day(row.end_date) if row.end_date else dt.date.max
    found = []
    while due < today and due <= end:
        found.append(due)
        due = rhythm.following(due)
    return found


def check_orderable(
    row: OrderTemplate,
    tenant: Tenant,
    *,
    now: dt.datetime,
    customer: Customer | None = None,
    catalogue: Mapping[str, Product] | None = None,
) -> None:
    """Raises Invalid or Forbidden if its order would be refused today.

    customer, catalogue: if they have been read already.
    """
    check_delivers(tenant)
    new_order(
        recurring(tenant),
        tenant,
        draft_of(row, local_date(now, tenant.time_zone)),
        correlation_id="",
        now=now,
        customer=customer,
        catalogue=catalogue,
    )


def _check_bounds(row: OrderTemplate, today: dt.date) -> None:
    if abs(day(row.start_date) - today) > FURTHEST_START:
        raise Invalid(("start_date", "more than a year from today"))
    if row.end_date is not None and row.end_date < row.start_date:
        raise Invalid(("end_date", "before the start"))


def _items(lines: list[TemplateLine]) -> list[TemplateItem]:
    return [TemplateItem(product_id=line.product_id, quantity=line.quantity) for line in lines]


def _rule_text(rule: Rule) -> str:
    return msgspec.json.encode(checked_rule(rule)).decode()
