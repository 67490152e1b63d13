"""Events in the vocabulary that a frontend already speaks.

Rendered once per format and audience, not once per connection.

    standard     {"type", "id", "data": {…}, "timestamp", "cursors"}; the default
    flat         the same words with dots, and what happened beside them instead of under `data`
    restaurant   the whole order with each of its events; the default where guests order at tables

Each format is a table in a module of its own; docs/protocol.md shows every message. Each audience but staff has a
variant of each format, such as `restaurant.table`, with what auth/audiences.py says it receives.
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
from chalicelib.realtime.server_messages import SERVER_MESSAGES, type_of

# Clients send a heartbeat this often; see docs/protocol.md.
HEARTBEAT_SECONDS: Final = 30

VOCABULARIES: Final[Mapping[str, Vocabulary]] = {
    "standard": standard.VOCABULARY,
    "flat": flat.VOCABULARY,
    "restaurant": restaurant.VOCABULARY,
}
FORMATS: Final = frozenset(VOCABULARIES)
# What a connection's row may hold.
FORMATS_AND_VARIANTS: Final = FORMATS | {f"{name}.{audience}" for name in FORMATS for audience in AUDIENCES}

# What is the same in every format: its own keys are never another's.
_ENVELOPE: Final = frozenset({"type", "id", "timestamp", "cursors"})

# Types that staff may not publish: a client would take them for the server's own. A notification they may.
RESERVED_TYPES: Final[frozenset[str]] = (
    frozenset(map(type_of, SERVER_MESSAGES))
    | {vocabulary.welcome.type for vocabulary in VOCABULARIES.values()}
    | {name for vocabulary in VOCABULARIES.values() for name in vocabulary.words}
    | {word.type for vocabulary in VOCABULARIES.values() for word in vocabulary.words.values() if word}
) - {"notification"}


def default_format(kind: str) -> str:
    """The format of a client that does not name one, by the kind of its tenant."""
    return "restaurant" if kind == "table" else "standard"


def variant(format_: str, role: str) -> str:
    """The format as a role receives it: staff the format itself. format_: also a variant."""
    name, audience = format_.partition(".")[0], audience_of(role)
    return name if audience == OFFICE else f"{name}.{audience}"


def stored_format(format_: str, role: str) -> str:
    """What a connection's row holds: the variant of guests and displays, the plain format of all others.

    Functions of the version before this one run for a while during a deployment. They do not know the variants of
    drivers and customers, and would not serve such a connection.
    """
    return variant(format_, role) if role in GUESTS or role == DISPLAY else format_


def is_known_format(format_: str) -> bool:
    """Whether events can be rendered in it. A newer version of the functions may have stored others."""
    return format_ in FORMATS_AND_VARIANTS


def render(event: Event, cursors: Mapping[str, int], format_: str) -> dict[str, Any] | None:
    """An event as a message; None where the format is unknown, has no word for it, or is for an audience that does
    not receive it.

    format_: also a variant. cursors: the event's number in each channel that the reader watches; left out
    where there is none. A message that is too large for a WebSocket has its short form (short.py). The message
    shares the event's nested values: encode it, do not change it.
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

    heads: where the logs of its channels end. seen: the number in the user's own channel after which stored
    events follow the welcome. timestamp, token_expires_at: on the wire's form.
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
