"""What guests hear in any format: their own orders, reduced, and where the driver is. Nothing that is for others.

A tracker watches its driver's channel, where also the driver's other orders and messages are told: those are left
out here, where each event is put into words, so that no way to a guest can forget to.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from chalicelib.auth.principal import TRACKER
from chalicelib.orders.guest_view import guest_view
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats.words import Data, Vocabulary, Word

_ORDERS: Final = ("order_created", "order_status_changed", "order_updated")


def for_guest(vocabulary: Vocabulary, role: str) -> Vocabulary:
    """The vocabulary as it is spoken to guests of a role."""
    words = dict.fromkeys(vocabulary.words, None) | {
        name: _reduced(word, role) for name, word in vocabulary.words.items() if word and name in _ORDERS
    }
    if role == TRACKER:
        words["driver_location"] = vocabulary.words["driver_location"]
    return Vocabulary(welcome=vocabulary.welcome, words=words, custom=None, is_for=_of_watched_order)


def _reduced(word: Word, role: str) -> Word:
    def body(event: Event) -> dict[str, Any]:
        order = guest_view(event.data["order"], role)
        return word.body(structs.replace(event, data={**event.data, "order": order}))

    return Word(word.type, body)


def _of_watched_order(data: Data, cursors: Mapping[str, int]) -> bool:
    """An order's event is for whoever watches that very order."""
    order = data.get("order")
    return order is None or f"order:{order['id']}" in cursors
