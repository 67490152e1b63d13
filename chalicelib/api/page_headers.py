"""The headers of every HTML page: what it may load and run, and which browser features it may use."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from chalicelib.core.aws import upload_url
from chalicelib.core.settings import Settings, settings

# Inline scripts; all others have attributes.
_INLINE: Final = re.compile(r"<script(?: nomodule)?>(.*?)</script>", re.DOTALL)


@cache
def page_headers(page: str) -> Mapping[str, str]:
    """The headers of a page. page: its template, without the content of one request."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(settings(), _INLINE.findall(page)),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        # The driver's page needs both; other sites' frames may not use them.
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    }


def policy(known: Settings, inline: Sequence[str] = ()) -> str:
    """The content security policy: our own files, the WebSocket, map tiles, uploads, and nothing else.

    inline: the inline scripts of the page, which are allowed by their hashes (CSP level 2, script-src).
    """
    # Presigned URLs for proofs of delivery and import files have these hosts.
    uploads = " ".join(
        dict.fromkeys(_origin(upload_url(each)) for each in (known.proof_bucket, known.import_bucket))
    )
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *map(_hash, inline)]),
        "style-src": "'self'",
        "img-src": f"'self' data: {_origin(known.map_tiles)}",
        "connect-src": f"'self' {_origin(known.websocket_url)} {uploads}",
        # A service worker opens the driver's page without a network.
        "worker-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {sources}".strip() for name, sources in directives.items())


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _origin(url: str) -> str:
    """Scheme and host; `{s}`, which stands for one of a provider's hosts, becomes `*`."""
    parts = urlsplit(url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
