"""Marks in the secrets of refresh tokens, which distinguish an issued secret from an invented one.

A secret has 32 bytes: 20 random ones (the 160 bits of RFC 6749 §10.10), then 12 of their HMAC-SHA-256 under a key
of the session. The mark gives no access; it only decides whether a secret that is not the newest ends the session.
The key is in the session's row, because a session outlives the signing keys.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode
from typing import Final

from chalicelib.auth.retries import SECRET_BYTES, text_of

_RANDOM_BYTES: Final = 20


def new_mark_key() -> str:
    """A session's key."""
    return secrets.token_urlsafe(32)


def new_secret(mark_key: str) -> bytes:
    """A new random secret with its mark."""
    random = secrets.token_bytes(_RANDOM_BYTES)
    return random + _mark(random, mark_key)


def is_marked(secret: str, mark_key: str) -> bool:
    """Whether `new_secret` made this secret with this key."""
    try:
        content = urlsafe_b64decode(secret + "=")
    except ValueError:
        return False
    # Also compares the texts: base64 has several texts for the same bytes, and only one of them was issued.
    random, mark = content[:_RANDOM_BYTES], content[_RANDOM_BYTES:]
    return hmac.compare_digest(mark, _mark(random, mark_key)) and secret == text_of(content)


def _mark(random: bytes, mark_key: str) -> bytes:
    return hmac.digest(mark_key.encode(), random, "sha256")[: SECRET_BYTES - _RANDOM_BYTES]
