"""AWS Signature Version 4 for requests to `@connections`, and for nothing else.

botocore's `SigV4Auth` costs 70 µs a request, most of it for cases that do not occur here; one event to a thousand
connections is a thousand signatures. This signs the same in about 5 µs; a test holds it to botocore's output.
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
# AWS bears five minutes. A `Date` is to the second and a moment old: what differs less is no other clock.
_OTHER_CLOCK = timedelta(seconds=30)


class Credentials(Struct, frozen=True):
    """What signs; session_token is None for long-lived keys."""

    access_key: str
    secret_key: str
    session_token: str | None


class Signing(Struct, frozen=True):
    """What a request is signed with. ahead: how far the other side's clock is ahead of ours."""

    credentials: Credentials
    ahead: timedelta = timedelta()


class Signer:
    """Signs for one region, with the newest credentials and by the other side's clock.

    credentials: asked whenever they may have changed.
    """

    def __init__(self, region: str, credentials: Callable[[], Credentials], now: Callable[[], datetime]) -> None:
        self._region = region
        self._credentials = credentials
        self._now = now
        self.current = Signing(Credentials("", "", None))

    def renew(self) -> None:
        """Asks for the credentials anew."""
        self.current = Signing(self._credentials(), self.current.ahead)

    def refused(self, used: Signing, date: str | None) -> bool:
        """What a 403 teaches; whether the same request may fare better now.

        used: what it was signed with. date: the answer's `Date`.
        """
        if self.current == used:
            self.renew()
            offset = _offset(date, self._now())
            if offset is not None and abs(offset - used.ahead) >= _OTHER_CLOCK:
                self.current = Signing(self.current.credentials, offset)
        return self.current != used

    def headers(self, method: str, host: str, path: str, payload_sha256: str) -> dict[str, str]:
        """The headers that authorise a request, as of now."""
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
    """The SHA-256 that a signature covers; one for all recipients of a payload."""
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
    """The headers that make a request with a payload to `path` an authorised one.

    path: as it stands in the request line, each segment already percent-encoded. now: UTC.
    """
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    names, token_line = "host;x-amz-date", ""
    if credentials.session_token:
        names = "host;x-amz-date;x-amz-security-token"
        token_line = f"x-amz-security-token:{credentials.session_token}\n"
    # Every service but S3 wants the path encoded once more in the canonical request.
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
