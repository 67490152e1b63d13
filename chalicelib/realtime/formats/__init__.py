"""The message formats for existing frontends.

A message is rendered once per format and audience, not once per connection.

    standard     {"type", "id", "data": {…}, "timestamp", "cursors"}; the default
    flat         types with dots, and the event's data beside `type` instead of under `data`
    restaurant   the whole order with each of its events; the default of restaurants

Each format is a table in its own module; docs/protocol.md shows every message. Each audience except staff has a
variant of each format, such as `restaurant.table`, with the fields that auth/audiences.py allows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import structs

from chalicelib.auth.audiences import AUDIENCES, OFFICE, audience_of, seen_event
from chalicelib.auth.principal import DISPLAY, GUESTS
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import flat, restaurant, standard
from chalicelib.realtime.formats.short import shortened
from chalicelib.realtime.formats.words import Vocabulary, Word
from chalicelib.realtime.log import Head

# Clients send a heartbeat this often; see docs/protocol.md.
HEARTBEAT_SECONDS: Final = 30

VOCABULARIES: Final[Mapping[str, Vocabulary]] = {
    "standard": standard.VOCABULARY,
    "flat": flat.VOCABULARY,
    "restaurant": restaurant.VOCABULARY,
}
FORMATS: Final = frozenset(VOCABULARIES)
# The values of a connection's `format`.
FORMATS_AND_VARIANTS: Final = FORMATS | {f"{name}.{audience}" for name in FORMATS for audience in AUDIENCES}

# The keys that every message has; formats do not use them for data.
_ENVELOPE: Final = frozenset({"type", "id", "timestamp", "cursors"})

# The types of welcomes and events in all formats.
EVENT_TYPES: Final[frozenset[str]] = frozenset(
    {vocabulary.welcome.type for vocabulary in VOCABULARIES.values()}
    | {name for vocabulary in VOCABULARIES.values() for name in vocabulary.words}
    | {word.type for vocabulary in VOCABULARIES.values() for word in vocabulary.words.values() if word}
)


def default_format(kind: str) -> str:
    """The format of a client that requests none, by the kind of its tenant."""
    return "restaurant" if kind == "table" else "standard"


def variant(format_: str, role: str) -> str:
    """The variant of a format for a role; for staff the format itself. format_: may be a variant, too."""
    name, audience = format_.partition(".")[0], audience_of(role)
    return name if audience == OFFICE else f"{name}.{audience}"


def stored_format(format_: str, role: str) -> str:
    """The format in a connection's row: for guests and displays the variant, for all others the plain format.

    During a deployment functions of the previous version still run. They do not know the variants of drivers and
    customers, and would not serve such a connection.
    """
    return variant(format_, role) if role in GUESTS or role == DISPLAY else format_


def is_known_format(format_: str) -> bool:
    """Whether events can be rendered in it. A newer version of the functions may have stored another format."""
    return format_ in FORMATS_AND_VARIANTS


def render(event: Event, cursors: Mapping[str, int], format_: str) -> dict[str, Any] | None:
    """An event as a message; None if the format is unknown, has no message for it, or is for an audience that does
    not receive it.

    format_: may be a variant. cursors: the event's number in each channel to which the reader is subscribed;
    without any, the message has no `cursors`. A message that is too large for a WebSocket is shortened (short.py).
    The message shares the event's nested values: encode it, do not change it.
    """
    name, _, audience = format_.partition(".")
    vocabulary = VOCABULARIES.get(name)
    if vocabulary is None:
        return None
    word = vocabulary.words.get(event.type, Word(event.type, vocabulary.custom))
    data = seen_event(event.type, event.data, cursors, audience or OFFICE)
    if word is None or data is None:
        return None
    body = word.body(structs.replace(event, data=data))
    message = {
        "type": word.type,
        "id": event.id,
        **{key: value for key, value in body.items() if key not in _ENVELOPE},
        "timestamp": event.timestamp,
    }
    if cursors:
        message["cursors"] = dict(cursors)
    return shortened(message)


def welcome(
    format_: str,
    *,
    connection_id: str,
    user_id: str,
    role: str,
    tenant_id: str,
    channels: Sequence[str],
    heads: Mapping[str, Head],
    seen: Mapping[str, int],
    token_expires_at: str,
    timestamp: str,
) -> dict[str, Any]:
    """The first message on a connection.

    heads: the ends of its channels' logs. seen: the number in the user's own channel after which stored events
    follow the welcome. timestamp, token_expires_at: as on the wire.
    """
    word = VOCABULARIES[format_.partition(".")[0]].welcome
    connection = {
        "connection_id": connection_id,
        "user_id": user_id,
        "role": role,
        "channels": sorted(channels),
        "cursors": {channel: head.cursor for channel, head in sorted(heads.items())},
        "epochs": {channel: head.epoch for channel, head in sorted(heads.items())},
        "seen": dict(seen),
        "heartbeat_interval": HEARTBEAT_SECONDS,
        "token_expires_at": token_expires_at,
    }
    body = word.body({"tenant_id": tenant_id, "connection": connection})
    return {"type": word.type, **body, "timestamp": timestamp}
