"""What staff may send about a recurring order, and what they see of one."""

import datetime as dt
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.core.fields import Cursor, Id, LongText, PageSize, Version, WireDay, WireTime, one_of
from chalicelib.models.order import PaymentMethod
from chalicelib.recurring.rules import Rule

Status = Literal["active", "paused", "suspended", "ended"]
LeadDays = Annotated[int, Meta(ge=0, le=14)]


class TemplateLine(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What is ordered each time, at the price of the day."""

    product_id: Id
    quantity: Annotated[int, Meta(ge=1, le=999)]


Lines = Annotated[list[TemplateLine], Meta(min_length=1, max_length=20)]


class NewTemplate(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A recurring order to be. start_date: today unless said. lead_days: how long before its date it is made."""

    customer_id: Id
    items: Lines
    rule: Rule
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    lead_days: LeadDays = 0
    payment_method: PaymentMethod | None = None
    notes: LongText = ""


class TemplateChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What to change; what is absent stays, null removes. status: pauses, resumes, ends."""

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
    """Which templates; all filters must fit."""

    status: Status | None = None
    customer_id: Id | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class PreviewQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """How many dates."""

    count: Annotated[int, Meta(ge=1, le=100)] = 10


class ProblemView(Struct):
    """Why no order could be made."""

    code: str
    detail: str
    at: WireTime


class OrderTemplateView(Struct):
    """A recurring order. next_date: the next one due; interval_days: of a rule by consumption, as it is now."""

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
    """A date to come, and the day from which its order is made."""

    due_date: WireDay
    created_on: WireDay


class PreviewView(Struct):
    """The next dates, as things are now."""

    items: list[PlannedView]


class OccurrenceView(Struct):
    """A due date and its order, or dates that got none.

    reason: of skipped dates `missed`, `paused` or `suspended`, else null. count, skipped: how many, and the latest
    hundred of them.
    """

    due_date: WireDay
    order_id: str | None
    order_number: str | None
    scheduled_date: WireDay | None
    reason: Annotated[str, one_of(("missed", "paused", "suspended"))] | None
    count: int
    skipped: list[str]
    created_at: WireTime
