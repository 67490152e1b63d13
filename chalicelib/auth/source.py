"""Where a request comes from: the client's address, which logs and limits use as a short keyed hash.

API Gateway's `sourceIp` is the peer of the connection: the client without an edge, a server of CloudFront behind
it. Only the edge knows the client's address. It sends it as `True-Client-IP`, in place of any that the client
sent, and with it the stage's origin key, which proves that the request came through the edge. A client that calls
API Gateway's own address does not know the key, so its `True-Client-IP` is ignored. `X-Forwarded-For` is never
used: a client chooses its beginning, and how many entries follow depends on the way.

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
# Long enough that no two addresses of a stage are mistaken for each other.
_HASH_BYTES: Final = 8
# An IPv4 address as an IPv6 one, RFC 4291 §2.5.5.2.
_MAPPED: Final = bytes(10) + b"\xff\xff"
_IPV6_NETWORK_BYTES: Final = 8


def source_address(request_context: Mapping[str, Any], headers: Mapping[str, str] | None) -> str | None:
    """The client's IP address; None where the event has none.

    request_context: of a REST request or of any WebSocket event. headers: of the request; of a WebSocket's events
    only `$connect` has any.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if _came_through_the_edge(sent.get(KEY_HEADER, "")) and _is_address(sent.get(ADDRESS_HEADER, "")):
        return sent[ADDRESS_HEADER]
    peer = str((request_context.get("identity") or {}).get("sourceIp") or "")
    return peer if _is_address(peer) else None


def address_key(address: str | None) -> str:
    """16 hexadecimal digits that stand for an address, an IPv6 one for its /64: a household or a phone has that.

    The same until the signing key changes. None stands for an address of its own. Raises Unavailable.
    """
    return hmac.digest(key_ring.signing().derived("address"), _network(address), "sha256")[:_HASH_BYTES].hex()


def client_fields(request_context: Mapping[str, Any], headers: Mapping[str, str] | None) -> dict[str, str]:
    """What a log line says of the client: the key of its address, and the family of its program.

    Without the address where the signing keys cannot be read: a log line must not fail its request.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    fields = {"client": family(sent.get("user-agent"))}
    with suppress(Unavailable):
        fields["address"] = address_key(source_address(request_context, sent))
    return fields


def _came_through_the_edge(key: str) -> bool:
    expected = settings().origin_key
    return bool(expected) and hmac.compare_digest(key.encode(), expected.encode())


def _is_address(text: str) -> bool:
    return _packed(text) is not None


def _packed(text: str) -> bytes | None:
    # Not the module `ipaddress`: each function that logs an address would import it at its start.
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
