"""Compressed requests and responses, as API Gateway handles them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

import gzip
import zlib
from collections.abc import Callable, Mapping

# zlib's `wbits`: with a gzip header, with a zlib header (which HTTP calls deflate).
_WBITS = {"gzip": 31, "deflate": 15}
# In order of preference, if the client has none.
_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 6),
    "deflate": zlib.compress,
}


class UnsupportedCoding(ValueError):
    """API Gateway does not decode this coding, or the body is not in it."""


class TooLarge(ValueError):
    """The decoded body exceeds the limit."""


def decode(body: bytes, content_encoding: str, limit: int) -> bytes:
    """The body without its coding; `limit` in bytes. Raises UnsupportedCoding and TooLarge."""
    coding = content_encoding.strip().lower()
    if not body or coding in ("", "identity"):
        return body
    if coding not in _WBITS:
        raise UnsupportedCoding(coding)
    decompressor = zlib.decompressobj(_WBITS[coding])
    try:
        # Limited while decoding, because a small body can unpack to a thousand times its size.
        decoded = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise UnsupportedCoding(coding) from error
    if len(decoded) > limit:
        raise TooLarge
    if not decompressor.eof or decompressor.unused_data:
        raise UnsupportedCoding(coding)
    return decoded


def encode(body: bytes, accept_encoding: str) -> tuple[bytes, str | None]:
    """The body in the coding that the client prefers, and that coding; unchanged and None if it names none."""
    weights = _weights(accept_encoding)
    coding = max(_ENCODERS, key=lambda each: weights.get(each, 0.0))
    if weights.get(coding, 0.0) <= 0:
        return body, None
    return _ENCODERS[coding](body), coding


def is_accepted(coding: str, accept_encoding: str) -> bool:
    """Whether the client names the coding."""
    return _weights(accept_encoding).get(coding, 0.0) > 0


def _weights(accept_encoding: str) -> Mapping[str, float]:
    return dict(_weight(part) for part in accept_encoding.lower().split(","))


def _weight(part: str) -> tuple[str, float]:
    coding, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    try:
        weight = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return coding.strip(), weight
