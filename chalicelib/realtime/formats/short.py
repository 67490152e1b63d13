"""The short form of an event that is too large for one WebSocket message.

It has all keys, so that frontends that read them do not fail. Lists are empty and `truncated` is true, so that the
client reads the row over REST.
"""

from typing import Any, Final

import msgspec

# API Gateway refuses a message over 128 KB. The difference is a reserve for what it counts besides the payload.
MOST_MESSAGE_BYTES: Final = 120 * 1024

# The keys of every message, in any format.
_ENVELOPE: Final = ("type", "id", "timestamp", "cursors")


def shortened(message: dict[str, Any]) -> dict[str, Any]:
    """The message, or its short form if its JSON has more than MOST_MESSAGE_BYTES."""
    if _fits(message):
        return message
    short = {**_without_lists(message), "truncated": True}
    if _fits(short):
        return short
    # None of our events gets here. Without this, one that does would block the following events.
    return {key: message[key] for key in _ENVELOPE if key in message} | {"truncated": True}


def _fits(message: dict[str, Any]) -> bool:
    return len(msgspec.json.encode(message)) <= MOST_MESSAGE_BYTES


def _without_lists(value: Any) -> Any:
    """The value with empty lists. Only lists may be long (items, history, stops); texts have their own limits."""
    if isinstance(value, dict):
        return {key: _without_lists(each) for key, each in value.items()}
    return [] if isinstance(value, list | tuple) else value
