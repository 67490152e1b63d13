"""Repeats of a refresh whose answer was lost: only the client that sent it receives the same answer again.

The secret of the answer is stored for a minute, encrypted with the token that was sent and the client's retry key.
Decrypting needs both, and the result must still be the newest secret of the session. So a stolen token alone still
ends the session, a copy of the table decrypts nothing, and the next refresh makes the stored secret useless.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final

# Covers a reload of the page, or a time-out of the request and another attempt.
RETRY_WITHIN: Final = timedelta(seconds=60)
SECRET_BYTES: Final = 32


def text_of(secret: bytes) -> str:
    """A secret as a text, for tokens and rows."""
    return urlsafe_b64encode(secret).rstrip(b"=").decode()


def encrypted(secret: bytes, *, token: str, retry_key: str) -> str:
    """A secret of 32 bytes, encrypted with the token and the retry key."""
    return text_of(_with_pad(secret, token, retry_key))


def decrypted(text: str, *, token: str, retry_key: str) -> bytes:
    """The secret that `encrypted` encrypted. With another token or key: 32 meaningless bytes."""
    return _with_pad(urlsafe_b64decode(text + "="), token, retry_key)


def _with_pad(content: bytes, token: str, retry_key: str) -> bytes:
    # A pad encrypts one secret only: a token works with one retry key, and its repeated answer is the same.
    pad = hmac.digest(token.encode(), retry_key.encode(), "sha256")
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))
