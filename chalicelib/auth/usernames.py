"""Usernames: an email address or a phone number, in the normal form in which it is unique."""

import re
from typing import Final

from chalicelib.core.fields import CONTROLS
from chalicelib.core.phones import normalise

# RFC 5321: 64 before the @, 255 after it, 254 in total.
MAX_LENGTH: Final = 254

# Simpler than the grammar of RFC 5322: it only rejects texts that cannot be an address. We send no mail.
_EMAIL: Final = rf"[^@\s{CONTROLS}]{{1,64}}@[^@\s{CONTROLS}]+\.[^@\s{CONTROLS}.]+"


def normalise_username(text: str) -> str:
    """`Mei@Example.com ` → `mei@example.com`, `0912-345-678` → `+886912345678`. Raises ValueError otherwise."""
    trimmed = text.strip().lower()
    if len(trimmed) > MAX_LENGTH:
        raise ValueError("too long for a username")
    if "@" not in trimmed:
        return normalise(trimmed)
    if not re.fullmatch(_EMAIL, trimmed):
        raise ValueError("not an email address")
    return trimmed


def login_key(text: str) -> str:
    """The key for looking up a typed username. A text that is no valid username is looked up as it is."""
    try:
        return normalise_username(text)
    except ValueError:
        return text.strip().lower()[:MAX_LENGTH] or "?"
