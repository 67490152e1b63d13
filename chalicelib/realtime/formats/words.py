"""What a format consists of: a word for each event, and what it takes from the event's data."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from chalicelib.realtime.events import Event

Data = Mapping[str, Any]
Body = Callable[[Event], dict[str, Any]]

# What every reader of these events may count on.
POSITION: Final = ("driver_id", "latitude", "longitude", "speed", "heading")
ROUTE: Final = ("route_id", "driver_id", "total_stops")
NOTIFICATION: Final = ("title", "message", "severity", "action")


class Word(NamedTuple):
    """How an event is told: the message's `type`, and the keys beside it, made from the event."""

    type: str
    body: Body


class Welcome(NamedTuple):
    """The first message: its `type`, and the keys beside it, from {"tenant_id", "connection": {…}}."""

    type: str
    body: Callable[[Data], dict[str, Any]]


class Vocabulary(NamedTuple):
    """A format.

    words: by the event's type; None where the format is silent. custom: of all other types, which are told by
    their own name.
    """

    welcome: Welcome
    words: Mapping[str, Word | None]
    custom: Body


def completed(data: Data, keys: Iterable[str]) -> dict[str, Any]:
    """All of the data, and these keys in any case: a reader relies on them, null or not."""
    return dict.fromkeys(keys) | dict(data)


def with_previous_status(body: dict[str, Any], data: Data) -> dict[str, Any]:
    """The body, and the status before, where it is known."""
    return {**body, "previous_status": data["previous_status"]} if "previous_status" in data else body
