"""The client's address, which logs and limits use as a short keyed hash.

API Gateway's `sourceIp` is the peer of the connection: the client, or a server of CloudFront if there is an edge.
The edge sends the client's address as `True-Client-IP`, replacing any that the client sent, together with the
stage's origin key, which proves that the request came through the edge. A client that calls API Gateway directly
does not know the key, so its `True-Client-IP` is ignored. `X-Forwarded-For` is never used: a client chooses its
beginning, and the number of the other entries varies.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html (`viewer.ip`)
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Final

from chalicelib.auth.signing_keys import key_ring
from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from chalicelib.core.user_agents import family

KEY_HEADER: Final = "x-origin-key"
ADDRESS_HEADER: Final = "true-client-ip"
# Long enough that two addresses of a stage do not have the same hash.
_HASH_BYTES: Final = 8
# An IPv4 address as an IPv6 one, RFC 4291 §2.5.5.2.
_MAPPED: Final = bytes(10) + b"\xff\xff"
_IPV6_NETWORK_BYTES: Final = 8


def source_address(request_context: Mapping[str, Any], headers: Mapping[str, str] | None) -> str | None:
    """The client's IP address; None if the event has none.

    request_context: of a REST request or of any WebSocket event. headers: of the request; of WebSocket events only
    `$connect` has any.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if _has_origin_key(sent.get(KEY_HEADER, "")) and _is_address(sent.get(ADDRESS_HEADER, "")):
        return sent[ADDRESS_HEADER]
    peer = str((request_context.get("identity") or {}).get("sourceIp") or "")
    return peer if _is_address(peer) else None


def address_key(address: str | None) -> str:
    """16 hexadecimal digits for an address; for an IPv6 one, of its /64, which belongs to one household or phone.

    It changes with the signing key. None counts as one more address. Raises Unavailable.
    """
    return hmac.digest(key_ring.signing().derived("address"), _network(address), "sha256")[:_HASH_BYTES].hex()


def client_fields(request_context: Mapping[str, Any], headers: Mapping[str, str] | None) -> dict[str, str]:
    """Log fields for the client: the key of its address, and the family of its program.

    Omits the address if the signing keys cannot be read, so that logging does not fail the request.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    fields = {"client": family(sent.get("user-agent"))}
    with suppress(Unavailable):
        fields["address"] = address_key(source_address(request_context, sent))
    return fields


def _has_origin_key(key: str) -> bool:
    expected = settings().origin_key
    return bool(expected) and hmac.compare_digest(key.encode(), expected.encode())


def _is_address(text: str) -> bool:
    return _packed(text) is not None


def _packed(text: str) -> bytes | None:
    # Not the module `ipaddress`, which every function that logs an address would have to import.
    for kind in (AF_INET, AF_INET6):
        try:
            return inet_pton(kind, text)
        except (OSError, ValueError):
            continue
    return None


def _network(address: str | None) -> bytes:
    packed = None if address is None else _packed(address)
    if packed is None:
        return b"unknown"
    return packed.removeprefix(_MAPPED)[:_IPV6_NETWORK_BYTES]
