"""The answer of every list."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from chalicelib.api.wire import MOST_ANSWER_BYTES, answer_bytes
from chalicelib.models.order import Order
from chalicelib.orders.listing import OrderPage, OrderQuery, cursor_after

T = TypeVar("T")
Row = TypeVar("Row")


class Page(Struct, Generic[T]):
    """A page of a list. next_cursor: the start of the next page; null on the last page."""

    items: list[T]
    next_cursor: str | None


def to_page(found: tuple[Sequence[Row], str | None], view: Callable[[Row], T]) -> Page[T]:
    """The answer of a list. found: the rows and the next cursor; view: makes an item of a row."""
    rows, next_cursor = found
    return Page([view(row) for row in rows], next_cursor)


def page_of_orders(page: OrderPage, query: OrderQuery, view: Callable[[Order], T]) -> Page[T]:
    """The answer with the page's orders, up to Lambda's size limit; the others follow with `next_cursor`."""
    items: list[T] = []
    left = MOST_ANSWER_BYTES
    for order in page.orders:
        item = view(order)
        left -= answer_bytes(item)
        if items and left < 0:
            return Page(items, cursor_after(query, page.orders[len(items) - 1]))
        items.append(item)
    return Page(items, page.next_cursor)
