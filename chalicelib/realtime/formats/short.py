"""The short form of an event that is too large for one WebSocket message.

Every key stays, so that a frontend which reads it does not fail. Lists are empty and `truncated` is true: the
client reads the row over REST.
"""

from typing import Any, Final

import msgspec

# API Gateway refuses a message over 128 KB. The rest is room for what it counts beside the payload.
MOST_MESSAGE_BYTES: Final = 120 * 1024

# What every message has, in any format.
_ENVELOPE: Final = ("type", "id", "timestamp", "cursors")


def shortened(message: dict[str, Any]) -> dict[str, Any]:
    """The message, or its short form where its JSON has more than MOST_MESSAGE_BYTES."""
    if _fits(message):
        return message
    short = {**_without_lists(message), "truncated": True}
    if _fits(short):
        return short
    # No event of ours gets here. Without this, one that does would block what follows it.
    return {key: message[key] for key in _ENVELOPE if key in message} | {"truncated": True}


def _fits(message: dict[str, Any]) -> bool:
    return len(msgspec.json.encode(message)) <= MOST_MESSAGE_BYTES


def _without_lists(value: Any) -> Any:
    """The value with empty lists. Lists are what grows: lines, steps, stops; texts have limits of their own."""
    if isinstance(value, dict):
        return {key: _without_lists(each) for key, each in value.items()}
    return [] if isinstance(value, list | tuple) else value
