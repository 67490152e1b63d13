"""What displays receive in any format: steps, routes and positions in full, orders without personal data.

A display token stands in a frontend's bundle or on a wall, so anybody may read it. Keys stay and are null:
existing frontends read them. Notifications and custom events are for staff and are left out.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from chalicelib.realtime.events import Event
from chalicelib.realtime.formats.words import Vocabulary, Word

_ORDERS: Final = ("order_created", "order_status_changed", "order_updated")
_IN_FULL: Final = ("route_assigned", "route_updated", "driver_location")

# Of an order. An allow-list: a field that is new stays hidden until it is added here.
_SHOWN: Final = frozenset(
    {
        "id",
        "order_number",
        "daily_number",
        "items",
        "total_price",
        "currency",
        "scheduled_date",
        "table_number",
        "status",
        "estimated_time",
        "driver_id",
        "route_id",
        "version",
        "created_at",
        "updated_at",
    }
)


def for_display(vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary as displays receive it."""
    words = dict.fromkeys(vocabulary.words, None) | {name: vocabulary.words[name] for name in _IN_FULL}
    words |= {name: _reduced(word) for name in _ORDERS if (word := vocabulary.words[name])}
    return Vocabulary(welcome=vocabulary.welcome, words=words, custom=None)


def display_order(order: Mapping[str, Any]) -> dict[str, Any]:
    """An OrderView with null for what a display does not receive; of its history the statuses and times."""
    shown = {name: value if name in _SHOWN else None for name, value in order.items()}
    shown["history"] = [
        {**dict.fromkeys(step), "status": step["status"], "at": step["at"]} for step in order.get("history") or ()
    ]
    return shown


def _reduced(word: Word) -> Word:
    def body(event: Event) -> dict[str, Any]:
        order = display_order(event.data["order"])
        return word.body(structs.replace(event, data={**event.data, "order": order}))

    return Word(word.type, body)
