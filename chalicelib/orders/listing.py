"""Lists of orders: strongly consistent, newest first, with bounded work per page.

The narrowest indexes for the filters return keys; the rows are read by key and filtered here. All reads are
strongly consistent, so the list contains everything that was written before the request.
"""

import datetime as dt
import heapq
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Any, Final

from msgspec import Struct
from pynamodb.expressions.condition import Condition

from chalicelib.auth.principal import CUSTOMER, DRIVER, ROLES, TABLE, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import wire
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Cursor, Id, Instant, LongText, PageSize, ShortText, instant
from chalicelib.core.paging import decode_cursor, encode_cursor, filtered_page
from chalicelib.models.order import Order
from chalicelib.orders.access import may_see
from chalicelib.orders.rows import guest_key
from chalicelib.orders.status import ENDED, STEPS, is_final

# So many channels can be stored with a guest's connection in one transaction.
_MOST_OF_GUEST: Final = 50


class OrderQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Filters, all of which must match.

    status: one, or several with commas. date: the scheduled day, or without one the local day of creation.
    ended_date: of orders that have ended (`delivered`, `failed`, `completed`, `cancelled`) only those of this day;
    others of any day. updated_since: an instant; the list is then sorted by last change, oldest first.
    """

    status: ShortText | None = None
    date: dt.date | None = None
    ended_date: dt.date | None = None
    customer_id: Id | None = None
    driver_id: Id | None = None
    updated_since: Instant | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class OrderPage(Struct, frozen=True):
    """Rows of one page, and the cursor of the next; None after the last."""

    orders: list[Order]
    next_cursor: str | None


class _Position(Struct, array_like=True, forbid_unknown_fields=True):
    """The end of a page: the last order read. updated_at: of that order, if the list is sorted by it."""

    id: Id
    updated_at: LongText = ""


class _Candidate(Struct, frozen=True):
    """listed: the order in the index. order: its row, or None if it cannot be read."""

    listed: Order
    order: Order | None


class _Filter(Struct, frozen=True):
    """A checked OrderQuery, limited to the orders that the principal may read."""

    statuses: frozenset[str]
    date: str | None
    ended_date: str | None
    customer_id: str | None
    driver_id: str | None
    since: str | None
    guest_id: str | None

    def fits(self, order: Order) -> bool:
        day = order.day_key.partition("#")[0]
        return (
            (not self.statuses or order.status in self.statuses)
            and self.date in (None, day)
            and (order.status not in ENDED or self.ended_date in (None, day))
            and self.customer_id in (None, order.customer_id)
            and self.driver_id in (None, order.driver_id)
            and (self.since is None or order.updated_at >= self.since)
        )

    def prefixes(self) -> list[tuple[str, str]]:
        """The indexes with the fewest candidates, as (index, prefix of its keys); empty for all orders."""
        if self.guest_id:
            return [("by_customer", guest_key(self.guest_id, ""))]
        if self.customer_id:
            return [("by_customer", f"{self.customer_id}#")]
        if self.date:
            return [("by_day", f"{self.date}#")]
        days = [("by_day", f"{self.ended_date}#")] if self.statuses & ENDED and self.ended_date else []
        by_status = self.statuses - ENDED if days else self.statuses
        # A driver's past orders are more than the tenant's open ones.
        if self.driver_id and (by_status & ENDED or not self.statuses):
            return [("by_driver", f"{self.driver_id}#")]
        return [*days, *(("by_status", f"{status}#") for status in sorted(by_status))]


_RANGE_KEY = {
    "by_customer": Order.customer_key,
    "by_day": Order.day_key,
    "by_driver": Order.driver_key,
    "by_status": Order.status_key,
}


@rule(roles=ROLES | {TABLE})
def list_orders(principal: Principal, query: OrderQuery) -> OrderPage:
    """A page of the orders that match and that the principal may read. Raises Invalid."""
    requested = _checked(principal, query)
    if _has_none(principal, query):
        return OrderPage([], None)
    position = decode_cursor(query.cursor, _Position) if query.cursor else None
    # One more than the page's limit shows whether there is another page.
    size = query.limit + 1
    candidates = _candidates(principal.tenant_id, requested, position, size)

    def fits(candidate: _Candidate) -> bool:
        order = candidate.order
        return order is not None and requested.fits(order) and may_see(principal, order)

    def position_of(candidate: _Candidate) -> _Position:
        listed = candidate.listed
        return _Position(listed.id, listed.updated_at if requested.since else "")

    found, next_cursor = filtered_page(
        _with_rows(principal.tenant_id, candidates, size), query.limit, fits=fits, position=position_of
    )
    return OrderPage([each.order for each in found if each.order is not None], next_cursor)


def cursor_after(query: OrderQuery, order: Order) -> str:
    """The cursor of a page that starts after this order."""
    return encode_cursor(_Position(order.id, order.updated_at if query.updated_since else ""))


@rule(roles={TABLE})
def orders_of_guest(principal: Principal) -> list[Order]:
    """A guest's open orders, newest first; at most the newest _MOST_OF_GUEST."""
    page = list_orders(principal, OrderQuery(limit=_MOST_OF_GUEST))
    return [order for order in page.orders if not is_final(order.kind, order.status)]


def _has_none(principal: Principal, query: OrderQuery) -> bool:
    """Whether the list is empty: the user is no customer or driver, or requests another one's orders."""
    if principal.role == CUSTOMER:
        return principal.customer_id is None or query.customer_id not in (None, principal.customer_id)
    if principal.role == DRIVER:
        return principal.driver_id is None or query.driver_id not in (None, principal.driver_id)
    return False


def _checked(principal: Principal, query: OrderQuery) -> _Filter:
    statuses = frozenset(query.status.split(",")) if query.status else frozenset()
    unknown = statuses - STEPS[principal.kind].keys()
    if unknown:
        raise Invalid(("status", f"any of {', '.join(STEPS[principal.kind])}"))
    customer_id, driver_id = query.customer_id, query.driver_id
    # Only their own orders, which narrows the search; `may_see` would remove the others anyway.
    if principal.role == CUSTOMER:
        customer_id = customer_id or principal.customer_id
    if principal.role == DRIVER:
        driver_id = driver_id or principal.driver_id
    return _Filter(
        statuses=statuses,
        date=query.date.isoformat() if query.date else None,
        ended_date=query.ended_date.isoformat() if query.ended_date else None,
        customer_id=customer_id,
        driver_id=driver_id,
        since=wire(instant("updated_since", query.updated_since)) if query.updated_since else None,
        guest_id=principal.user_id if principal.role == TABLE else None,
    )


def _candidates(tenant_id: str, requested: _Filter, after: _Position | None, size: int) -> Iterator[Order]:
    """The rows of the indexes, in the list's order and each once. size: of a read."""
    start = {"tenant_id": {"S": tenant_id}, "id": {"S": after.id}} if after else None
    if requested.since is not None and requested.guest_id is None:
        if after and start is not None:
            start["updated_at"] = {"S": after.updated_at}
        return _query(tenant_id, "by_updated", Order.updated_at >= requested.since, start, size)
    lists = []
    for index, prefix in requested.prefixes():
        key = _RANGE_KEY[index]
        # The position after which the list continues, whether or not this index contains that order.
        begin = {**start, key.attr_name: {"S": prefix + after.id}} if after and start is not None else None
        lists.append(_query(tenant_id, index, key.startswith(prefix), begin, size))
    if not lists:
        return _query(tenant_id, None, None, start, size)
    if len(lists) == 1:
        return lists[0]
    merged = heapq.merge(*lists, key=lambda order: order.id, reverse=True)
    return (next(same) for _, same in groupby(merged, key=lambda order: order.id))


def _query(
    tenant_id: str, index: str | None, condition: Condition | None, start: dict[str, Any] | None, size: int
) -> Iterator[Order]:
    return Order.query(
        tenant_id,
        condition,
        index_name=index,
        consistent_read=True,
        scan_index_forward=index == "by_updated",
        page_size=size,
        last_evaluated_key=start,
    )


def _with_rows(tenant_id: str, listed: Iterator[Order], size: int) -> Iterator[_Candidate]:
    """size: how many rows are read at a time."""
    while some := list(islice(listed, size)):
        rows = _rows(tenant_id, some)
        yield from (_Candidate(each, rows.get(each.id)) for each in some)


def _rows(tenant_id: str, listed: Sequence[Order]) -> dict[str, Order]:
    """The full rows by id, without unreadable ones; an index has only keys."""
    if all(order.attribute_values.get("version") for order in listed):
        return {order.id: order for order in listed}
    keys = [(tenant_id, order.id) for order in listed]
    return {order.id: order for order in Order.batch_get(keys, consistent_read=True)}
