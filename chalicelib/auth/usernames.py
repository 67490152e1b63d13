"""Usernames: an email address or a phone number, in the one form under which it is unique."""

import re
from typing import Final

from chalicelib.core.fields import CONTROLS
from chalicelib.core.phones import normalise

# RFC 5321: 64 before the @, 255 after it, 254 in total.
MAX_LENGTH: Final = 254

# Not the grammar of RFC 5322: this only keeps out what cannot be an address, nobody is mailed from here.
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
    """What a typed username is looked up under: a text that nobody can have as a name is just an unknown name."""
    try:
        return normalise_username(text)
    except ValueError:
        return text.strip().lower()[:MAX_LENGTH] or "?"
