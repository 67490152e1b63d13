"""The parts of a format: for each event, the message's type and the data that it uses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from chalicelib.realtime.events import Event

Data = Mapping[str, Any]
Body = Callable[[Event], dict[str, Any]]

# Keys that are always present in these events.
POSITION: Final = ("driver_id", "latitude", "longitude", "speed", "heading")
ROUTE: Final = ("route_id", "driver_id", "total_stops")
NOTIFICATION: Final = ("title", "message", "severity", "action")


class Word(NamedTuple):
    """The message of an event: its `type`, and a function that makes the other keys from the event."""

    type: str
    body: Body


class Welcome(NamedTuple):
    """The first message: its `type`, and a function that makes the other keys from
    {"tenant_id", "connection": {…}}.
    """

    type: str
    body: Callable[[Data], dict[str, Any]]


class Vocabulary(NamedTuple):
    """A format.

    words: by the event's type; None if the format does not send it. custom: for all other types, which are sent
    with their own name.
    """

    welcome: Welcome
    words: Mapping[str, Word | None]
    custom: Body


def completed(data: Data, keys: Iterable[str]) -> dict[str, Any]:
    """The data with these keys always present, null if absent, because clients rely on them."""
    return dict.fromkeys(keys) | dict(data)


def with_previous_status(body: dict[str, Any], data: Data) -> dict[str, Any]:
    """The body with the previous status, if it is known."""
    return {**body, "previous_status": data["previous_status"]} if "previous_status" in data else body
