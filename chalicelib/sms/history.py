"""The SMS history for staff: lists, and the totals of a day."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct
from pynamodb.expressions.condition import Condition

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Cursor, Id, PageSize, WireDay, WireTime, calendar_day, money_text, one_of
from chalicelib.core.paging import decode_cursor, first_page
from chalicelib.models.notification import STATUSES, Notification, status_key
from chalicelib.models.tenant import Tenant
from chalicelib.models.views import view_of
from chalicelib.orders.status import OrderStatus
from chalicelib.sms.providers import PROVIDERS
from chalicelib.sms.retention import stored_from
from chalicelib.sms.templates import LANGUAGES

Status = Literal["queued", "sending", "sent", "delivered", "failed", "unknown", "skipped"]


class HistoryQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Filters, all of which must match. date: the tenant's local day on which the SMS became due."""

    order_id: Id | None = None
    status: Status | None = None
    date: dt.date | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class StatsQuery(Struct, forbid_unknown_fields=True):
    """date: the tenant's local day; today by default."""

    date: dt.date | None = None


class NotificationView(Struct):
    """An SMS. template: the order status it is about. may_have_arrived: its delivery is unclear."""

    id: str
    type: Annotated[str, one_of(("sms", "email"))]
    order_id: str
    order_number: str | None
    template: OrderStatus
    language: Annotated[str, one_of(LANGUAGES)] | None
    recipient: str | None
    content: str | None
    segments: int
    status: Annotated[str, one_of(STATUSES)]
    error: str | None
    may_have_arrived: bool
    provider: Annotated[str, one_of(PROVIDERS)] | None
    attempts: int
    created_at: WireTime
    updated_at: WireTime
    sent_at: WireTime | None
    delivered_at: WireTime | None


class DayStats(Struct):
    """The outcomes of a local day's SMS. success_rate: of those tried; cost: of the segments sent."""

    date: WireDay
    total: int
    queued: int
    sending: int
    sent: int
    delivered: int
    failed: int
    unknown: int
    skipped: int
    success_rate: float | None
    segments: int
    cost: str | None
    currency: str


class _Position(Struct, array_like=True, forbid_unknown_fields=True):
    """The end of a page."""

    id: Annotated[str, Meta(max_length=200)]
    created_at: Annotated[str, Meta(max_length=30)]


@rule(roles=STAFF)
def list_notifications(
    _principal: Principal, tenant: Tenant, query: HistoryQuery
) -> tuple[list[Notification], str | None]:
    """A page, newest first, and the cursor of the next one; strongly consistent. Raises Invalid."""
    bounds = _bounds(tenant, query.date) if query.date is not None else _ALWAYS
    position = _position(query, bounds)
    if query.order_id is not None:
        return _of_order(tenant, query, bounds, position)
    rows = Notification.query(
        tenant.id,
        _condition(query, bounds),
        index_name="by_created" if query.status is None else "by_status",
        consistent_read=True,
        scan_index_forward=False,
        page_size=query.limit + 1,
        last_evaluated_key=None if position is None else _start(tenant, query, position),
    )
    return first_page(list(islice(rows, query.limit + 1)), query.limit, _cursor_position)


@rule(roles=STAFF)
def day_stats(_principal: Principal, tenant: Tenant, day: dt.date, now: dt.datetime) -> DayStats:
    """The outcomes and the cost of a local day's SMS; reads only that day's rows.

    Raises Invalid, also `texts_deleted` for a day whose SMS are no longer stored.
    """
    since = stored_from(tenant, now)
    if day < since:
        raise Invalid(("date", f"texts from before {since.isoformat()} are deleted"), code=ErrorCode.TEXTS_DELETED)
    first, last = _bounds(tenant, day)
    counts: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
    segments = 0
    for row in Notification.query(
        tenant.id,
        Notification.created_at.between(first, last),
        index_name="by_created",
        attributes_to_get=["status", "segments"],
    ):
        if row.status not in counts:
            continue  # written by a newer version that was rolled back
        counts[row.status] += 1
        if row.status in ("sent", "delivered", "unknown"):
            segments += int(row.segments)
    return DayStats(
        date=day.isoformat(),
        total=counts.total(),
        **counts,
        success_rate=success_rate(counts),
        segments=segments,
        cost=money_text(price) if (price := cost(tenant, segments)) is not None else None,
        currency=tenant.currency,
    )


def success_rate(counts: Mapping[str, int]) -> float | None:
    """The share of the tried SMS that the provider accepted; None without any. counts: of all STATUSES."""
    arrived = counts["sent"] + counts["delivered"]
    tried = arrived + counts["failed"] + counts["unknown"]
    return round(arrived / tried, 4) if tried else None


def cost(tenant: Tenant, segments: int) -> Decimal | None:
    """The cost of segments; None if the tenant's settings have no price."""
    return None if tenant.sms_price is None else tenant.sms_price * segments


def view(row: Notification) -> NotificationView:
    """The row as a view."""
    may_have_arrived = row.status == "unknown" or bool(row.maybe_delivered)
    return view_of(NotificationView, row, may_have_arrived=may_have_arrived)


# The bounds of all instants.
_ALWAYS: Final = ("0", "~")


def _of_order(
    tenant: Tenant, query: HistoryQuery, bounds: tuple[str, str], position: _Position | None
) -> tuple[list[Notification], str | None]:
    """A page of an order's SMS. Reads and sorts all: an order has few, and their ids do not sort by time."""
    before = (position.created_at, position.id) if position is not None else (_ALWAYS[1], "")
    found = [
        row
        for row in Notification.query(
            tenant.id, Notification.id.startswith(f"{query.order_id}."), consistent_read=True
        )
        if query.status in (None, row.status)
        and bounds[0] <= row.created_at <= bounds[1]
        and (row.created_at, row.id) < before
    ]
    found.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return first_page(found, query.limit, _cursor_position)


def _condition(query: HistoryQuery, bounds: tuple[str, str]) -> Condition:
    if query.status is not None:
        first, last = (status_key(query.status, bound) for bound in bounds)
        return Notification.status_key.between(first, last)
    return Notification.created_at.between(*bounds)


def _cursor_position(last: Notification) -> _Position:
    return _Position(last.id, last.created_at)


def _position(query: HistoryQuery, bounds: tuple[str, str]) -> _Position | None:
    """The start of the page. Raises Invalid for a cursor of another list, whose key DynamoDB would refuse."""
    if query.cursor is None:
        return None
    position = decode_cursor(query.cursor, _Position)
    of_order = query.order_id is None or position.id.startswith(f"{query.order_id}.")
    if not position.id or not of_order or not bounds[0] <= position.created_at <= bounds[1]:
        raise Invalid(("cursor", "not a cursor of this list"))
    return position


def _start(tenant: Tenant, query: HistoryQuery, position: _Position) -> dict[str, Any]:
    """The key of a position in the index."""
    keys = {"tenant_id": tenant.id, "id": position.id}
    if query.status is None:
        keys["created_at"] = position.created_at
    else:
        keys["status_key"] = status_key(query.status, position.created_at)
    return {name: {"S": value} for name, value in keys.items()}


def _bounds(tenant: Tenant, day: dt.date) -> tuple[str, str]:
    """The first and the last instant of a local day, as on the wire."""
    start, end = clock.day_bounds(calendar_day("date", day), tenant.time_zone)
    return clock.wire(start), clock.wire(end - dt.timedelta(milliseconds=1))
