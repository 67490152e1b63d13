"""Request bodies and answers about recurring orders."""

import datetime as dt
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.fields import Cursor, Id, LongText, PageSize, Version, WireDay, WireTime, one_of
from chalicelib.models.order import PaymentMethod
from chalicelib.recurring.rules import Rule

Status = Literal["active", "paused", "suspended", "ended"]
LeadDays = Annotated[int, Meta(ge=0, le=14)]


class TemplateLine(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """An item of each order, at the price of the day."""

    product_id: Id
    quantity: Annotated[int, Meta(ge=1, le=999)]


Lines = Annotated[list[TemplateLine], Meta(min_length=1, max_length=20)]


class NewTemplate(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new recurring order. start_date: today by default. lead_days: between making an order and its date."""

    customer_id: Id
    items: Lines
    rule: Rule
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    lead_days: LeadDays = 0
    payment_method: PaymentMethod | None = None
    notes: LongText = ""


class TemplateChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a template; absent fields do not change, null removes one. status: pauses, resumes or ends it."""

    items: Lines | UnsetType = UNSET
    rule: Rule | UnsetType = UNSET
    start_date: dt.date | UnsetType = UNSET
    end_date: dt.date | None | UnsetType = UNSET
    lead_days: LeadDays | UnsetType = UNSET
    payment_method: PaymentMethod | None | UnsetType = UNSET
    notes: LongText | UnsetType = UNSET
    status: Literal["active", "paused", "ended"] | UnsetType = UNSET
    version: Version | None = None


class TemplateQuery(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Selects templates; all filters must match."""

    status: Status | None = None
    customer_id: Id | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class PreviewQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """The number of dates."""

    count: Annotated[int, Meta(ge=1, le=100)] = 10


class ProblemView(Struct):
    """Why no order could be made."""

    code: str
    detail: str
    at: WireTime


class OrderTemplateView(Struct):
    """A recurring order. next_date: the next due date; interval_days: the current one of a rule by consumption."""

    id: Id
    customer_id: Id
    items: list[TemplateLine]
    rule: Rule
    interval_days: int | None
    start_date: WireDay
    end_date: WireDay | None
    lead_days: int
    payment_method: Annotated[str, one_of(get_args(PaymentMethod))] | None
    notes: str | None
    status: Annotated[str, one_of(get_args(Status))]
    problem: ProblemView | None
    next_date: WireDay | None
    last_date: WireDay | None
    version: int
    created_at: WireTime
    updated_at: WireTime


class PlannedView(Struct):
    """A future date, and the day from which its order is made."""

    due_date: WireDay
    created_on: WireDay


class PreviewView(Struct):
    """The next dates, by the current rule."""

    items: list[PlannedView]


class OccurrenceView(Struct):
    """A due date and its order, or skipped dates.

    reason: for skipped dates `missed`, `paused` or `suspended`, otherwise null. count, skipped: the number of
    skipped dates, and the last hundred of them.
    """

    due_date: WireDay
    order_id: str | None
    order_number: str | None
    scheduled_date: WireDay | None
    reason: Annotated[str, one_of(("missed", "paused", "suspended"))] | None
    count: int
    skipped: list[str]
    created_at: WireTime
