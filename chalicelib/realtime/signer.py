"""AWS Signature Version 4, only for requests to `@connections`.

botocore's `SigV4Auth` takes 70 µs a request, most of it for cases that do not occur here. One event to a thousand
connections needs a thousand signatures. This takes about 5 µs; a test compares it with botocore's output.
Specification: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from msgspec import Struct

_SERVICE = "execute-api"
# AWS accepts a difference of five minutes. A `Date` header is in whole seconds and slightly old, so smaller
# differences do not show a wrong clock.
_OTHER_CLOCK = timedelta(seconds=30)


class Credentials(Struct, frozen=True):
    """AWS credentials; session_token is None for long-lived keys."""

    access_key: str
    secret_key: str
    session_token: str | None


class Signing(Struct, frozen=True):
    """The credentials and clock of a signature. ahead: how far the gateway's clock is ahead of ours."""

    credentials: Credentials
    ahead: timedelta = timedelta()


class Signer:
    """Signs for one region, with the newest credentials and the gateway's clock.

    credentials: called whenever they may have changed.
    """

    def __init__(self, region: str, credentials: Callable[[], Credentials], now: Callable[[], datetime]) -> None:
        self._region = region
        self._credentials = credentials
        self._now = now
        self.current = Signing(Credentials("", "", None))

    def renew(self) -> None:
        """Reads the credentials again."""
        self.current = Signing(self._credentials(), self.current.ahead)

    def refused(self, used: Signing, date: str | None) -> bool:
        """Corrects credentials and clock after a 403. Returns whether to repeat the request.

        used: the signing of the request. date: the answer's `Date`.
        """
        if self.current == used:
            self.renew()
            offset = _offset(date, self._now())
            if offset is not None and abs(offset - used.ahead) >= _OTHER_CLOCK:
                self.current = Signing(self.current.credentials, offset)
        return self.current != used

    def headers(self, method: str, host: str, path: str, payload_sha256: str) -> dict[str, str]:
        """The headers that authorise a request now."""
        return signed_headers(
            self.current.credentials,
            method=method,
            region=self._region,
            host=host,
            path=path,
            payload_sha256=payload_sha256,
            now=self._now() + self.current.ahead,
        )


def _offset(date: str | None, now: datetime) -> timedelta | None:
    try:
        return parsedate_to_datetime(date or "") - now
    except (ValueError, TypeError):  # not a date, or one without a zone
        return None


def payload_hash(payload: bytes) -> str:
    """The SHA-256 of a payload for its signatures; the same for all recipients."""
    return sha256(payload).hexdigest()


def signed_headers(
    credentials: Credentials,
    *,
    method: str = "POST",
    region: str,
    host: str,
    path: str,
    payload_sha256: str,
    now: datetime,
) -> dict[str, str]:
    """The headers that authorise a request with a payload to `path`.

    path: as in the request line, with each segment percent-encoded. now: UTC.
    """
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    names, token_line = "host;x-amz-date", ""
    if credentials.session_token:
        names = "host;x-amz-date;x-amz-security-token"
        token_line = f"x-amz-security-token:{credentials.session_token}\n"
    # Every service except S3 needs the path encoded once more in the canonical request.
    canonical_path = quote(path, safe="/~")
    headers_block = f"host:{host}\nx-amz-date:{stamp}\n{token_line}"
    canonical = f"{method}\n{canonical_path}\n\n{headers_block}\n{names}\n{payload_sha256}"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, stamp[:8], region)
    signature = hmac.new(key, to_sign.encode(), sha256).hexdigest()
    headers = {
        "X-Amz-Date": stamp,
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        ),
    }
    if credentials.session_token:
        headers["X-Amz-Security-Token"] = credentials.session_token
    return headers


@lru_cache(maxsize=4)
def _signing_key(secret_key: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, _SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
