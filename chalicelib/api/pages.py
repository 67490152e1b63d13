"""What every list answers."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from chalicelib.api.wire import MOST_ANSWER_BYTES, answer_bytes
from chalicelib.models.order import Order
from chalicelib.orders.listing import OrderPage, OrderQuery, cursor_after

T = TypeVar("T")


class Page(Struct, Generic[T]):
    """A part of a list. next_cursor: where the next part begins; null after the last."""

    items: list[T]
    next_cursor: str | None


def page_of_orders(page: OrderPage, query: OrderQuery, view: Callable[[Order], T]) -> Page[T]:
    """The page's orders as an answer has them, as many as Lambda passes on; the others come with `next_cursor`."""
    items: list[T] = []
    left = MOST_ANSWER_BYTES
    for order in page.orders:
        item = view(order)
        left -= answer_bytes(item)
        if items and left < 0:
            return Page(items, cursor_after(query, page.orders[len(items) - 1]))
        items.append(item)
    return Page(items, page.next_cursor)
