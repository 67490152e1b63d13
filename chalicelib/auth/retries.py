"""A refresh whose answer was lost may be asked again, by whoever asked, and nobody else.

What the first answer held is kept for a minute, sealed with the token that was sent and a key that came with it.
Only both together open it, and what is opened must still be the family's newest secret: so a stolen token alone
still ends the family, a copy of the table opens nothing, and after the next refresh none is left.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final

# A reload, or a request's time-out and another try.
RETRY_WITHIN: Final = timedelta(seconds=60)
SECRET_BYTES: Final = 32


def text_of(secret: bytes) -> str:
    """A secret as it stands in tokens and rows."""
    return urlsafe_b64encode(secret).rstrip(b"=").decode()


def sealed(secret: bytes, *, token: str, retry_key: str) -> str:
    """32 bytes, for whoever has both the token's secret and the key."""
    return text_of(_with_pad(secret, token, retry_key))


def opened(text: str, *, token: str, retry_key: str) -> bytes:
    """What was sealed; with another token or key 32 bytes that mean nothing."""
    return _with_pad(urlsafe_b64decode(text + "="), token, retry_key)


def _with_pad(content: bytes, token: str, retry_key: str) -> bytes:
    # A pad is used once: a token is used up with its first key, and its second answer is the same as the first.
    pad = hmac.digest(token.encode(), retry_key.encode(), "sha256")
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))
