"""The keys that sign tokens. They are in Parameter Store, rotate without a deployment, and have no default.

The parameter `<secrets_prefix>/jwt-keys` is a SecureString with JSON:

    {"signing_kid": "k2", "keys": {"k1": "<secret>", "k2": "<secret>"}}

To rotate: add the new key, and once every process has it (5 minutes) name it in `signing_kid`; remove the old one
when the last token it signed has expired (1 hour), or the last QR code (2 weeks). Both are valid in between.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.core import aws, clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import log
from chalicelib.core.settings import settings

# RFC 7518 §3.2: a key for HS256 has at least the 256 bits of its hash.
MIN_SECRET_BYTES: Final = 32
_DIGEST_BYTES: Final = 32

_FRESH_FOR = timedelta(minutes=5)
_USABLE_FOR = timedelta(hours=1)
_RETRY_AFTER = timedelta(seconds=10)
# Without keys every request is refused, so a failed read is repeated sooner. Parameter Store's default quota is 40
# reads a second for the account: a read for each request would keep it from answering.
_RETRY_WITHOUT_KEYS = timedelta(seconds=3)


class _Keys(msgspec.Struct, frozen=True):
    signing_kid: str
    keys: dict[str, str]


class SigningKey(Struct, frozen=True):
    """A key and its id in tokens."""

    kid: str
    secret: bytes

    def derived(self, purpose: str) -> bytes:
        """A key for another purpose than tokens, so that a signature for one purpose is invalid for another."""
        return hmac.digest(self.secret, f"luckygas-{settings().stage} {purpose}".encode(), "sha256")

    def signature(self, purpose: str, text: str, *, size: int = _DIGEST_BYTES) -> str:
        """The signature of a text for a purpose, as base64url. size: bytes."""
        digest = hmac.digest(self.derived(purpose), text.encode(), "sha256")
        return urlsafe_b64encode(digest[:size]).decode().rstrip("=")


def read_parameter() -> str:
    """The parameter's text, decrypted. Raises botocore's errors."""
    return aws.read_secret("jwt-keys")


class KeyRing:
    """The keys that this process has read, on first use and again every five minutes.

    A token with an unknown key id makes it read again at once, but at most every ten seconds, because a client can
    invent ids. If Parameter Store does not answer, the keys last read are used for up to an hour; without any, it
    reads again every three seconds.
    """

    def __init__(
        self, *, read: Callable[[], str] = read_parameter, now: Callable[[], datetime] = clock.now
    ) -> None:
        # Wall clock, not monotonic: the monotonic clock of a frozen Lambda instance may stop while keys are
        # revoked.
        self._read = read
        self._now = now
        self._keys: _Keys | None = None
        self._read_at = datetime.min.replace(tzinfo=UTC)
        self._tried_at = self._read_at

    def signing(self) -> SigningKey:
        """The key for new tokens. Raises Unavailable."""
        keys = self._current()
        return SigningKey(keys.signing_kid, keys.keys[keys.signing_kid].encode())

    def find(self, kid: str) -> SigningKey | None:
        """The key with this id, or None. Raises Unavailable."""
        secret = self._current().keys.get(kid)
        if secret is None and self._now() - self._tried_at >= _RETRY_AFTER:
            self._reload()
            secret = self._current().keys.get(kid)
        return None if secret is None else SigningKey(kid, secret.encode())

    def _current(self) -> _Keys:
        now = self._now()
        stale = now - self._read_at >= _FRESH_FOR
        retry_after = _RETRY_WITHOUT_KEYS if self._keys is None else _RETRY_AFTER
        if stale and now - self._tried_at >= retry_after:
            self._reload()
        if self._keys is None or now - self._read_at >= _USABLE_FOR:
            raise Unavailable("The keys for tokens cannot be read.")
        return self._keys

    def _reload(self) -> None:
        self._tried_at = self._now()
        try:
            self._keys = _parsed(self._read())
            self._read_at = self._tried_at
        except (BotoCoreError, ClientError, ValueError, msgspec.MsgspecError) as error:
            # Not the error's text, because a parser may quote the keys.
            log.error("signing_keys_unreadable", extra={"error": type(error).__name__})


def _parsed(text: str) -> _Keys:
    keys = msgspec.json.decode(text, type=_Keys)
    if keys.signing_kid not in keys.keys:
        raise ValueError("signing_kid names no key")
    if any(len(secret.encode()) < MIN_SECRET_BYTES for secret in keys.keys.values()):
        raise ValueError(f"a secret has fewer than {MIN_SECRET_BYTES} bytes")
    return keys


key_ring = KeyRing()
